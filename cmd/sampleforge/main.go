// Command sampleforge serves made-up projects as GitLab does, for demos and
// end-to-end tests; see package sampleforge for what it answers.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "sampleforge:", err)
		os.Exit(1)
	}
}
