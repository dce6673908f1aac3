// Package traps shows, in Go and pgx, each way in which rows that somebody
// called committed are gone afterwards, beside the way Holdfast writes them. It
// holds nothing but tests; docs/why-rows-vanish.md explains them, for Python
// and SQLAlchemy too.
//
// Each Trap test does what a careful author might do, ends without a complaint
// that anybody would see, and then proves over a fresh connection that the rows
// are not there. Each Holdfast test does the same work and proves that they
// are, or that the loss is reported to whoever could otherwise say "done".
//
//	file                       rows vanish because
//	cancelled_test.go          the work lived in a request, which ended
//	nested_test.go             the transaction was a savepoint of somebody else's
//	swallowed_test.go          an error was swallowed and the commit's answer not read
//	second_connection_test.go  the rows and the commit were on different connections
//	elsewhere_test.go          they went into another schema
package traps
