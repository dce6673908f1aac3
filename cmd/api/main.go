// Holdfast-api answers HTTP requests: it enqueues sync jobs, and shows them and
// what they mirrored. It never talks to a source. Any number of it may run.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the build.
var version = "development"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "holdfast-api:", err)
		os.Exit(1)
	}
}
