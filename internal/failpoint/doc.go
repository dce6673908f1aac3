// Package failpoint kills the process at a chosen point of its work, so that
// tests can show what a crash between two statements leaves behind. Only
// programs built with -tags failpoint have such points; in all others [Hit] is
// empty and the compiler removes it.
//
//	HOLDFAST_FAILPOINT=page.written      die when the point is passed first
//	HOLDFAST_FAILPOINT=page.written:3    die when it is passed for the third time
//
// It dies of SIGKILL: no deferred function runs, no connection says goodbye.
package failpoint
