//go:build failpoint

package failpoint

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// passed counts how often the chosen point was passed.
var passed atomic.Int64 //nolint:gochecknoglobals // a process dies once

// Hit passes a point, named package.moment, at which a test may end the process.
func Hit(point string) {
	chosen, count, counted := strings.Cut(os.Getenv("HOLDFAST_FAILPOINT"), ":")
	if chosen != point {
		return
	}
	deadly := int64(1)
	if n, err := strconv.ParseInt(count, 10, 64); counted && err == nil {
		deadly = n
	}
	if passed.Add(1) != deadly {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	// The signal takes a moment; nothing more may happen until it is there.
	select {}
}
