// Holdfast-worker does the work of sync jobs: it lists sources page by page,
// each page in a transaction of its own. Any number of workers share the work;
// one that dies is noticed by the others.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the build.
var version = "development" //nolint:gochecknoglobals // the linker writes it

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "holdfast-worker:", err)
		os.Exit(1)
	}
}
