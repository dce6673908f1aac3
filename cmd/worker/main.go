// Holdfast-worker does the work of sync jobs: it lists sources page by page, in
// transactions of its own. Any number of workers share the work;
// one that dies is noticed by the others.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// version is set by the build.
var version = "development"

func main() {
	tuneMemory(os.Getenv)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "holdfast-worker:", err)
		os.Exit(1)
	}
}

// The collector's settings, where the environment states none. The worker's
// live heap is a few megabytes; Go's default would collect it over and over,
// at 40 to 90 % more CPU. At 400 % four partitions of full pages reach 105 MB
// resident, at 200 % 59 MB, with the same throughput. The limit keeps large
// pages from adding up.
const (
	gcPercent   = 200
	memoryLimit = 128 << 20
)

func tuneMemory(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
