package real_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain looks for goroutines that were left behind. A source keeps its
// connections to the service for the next request as long as its process lives.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}
