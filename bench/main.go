// Bench measures Holdfast against what bounds it: COPY, pgbench, River alone,
// and the way of working that it replaces. It runs the built programs and the
// real packages on a Postgres server, and writes what it found as a table, as
// Markdown and as JSON.
//
// Every figure is a ratio. Both sides are measured in the same run, in turn
// (A B A B …), so that whatever else the machine does meets both; the table has
// the median of the pairs and their spread. docs/performance.md explains each row.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
