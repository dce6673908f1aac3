// Chaos runs the built programs against a Postgres server of its own and several
// sample forges, lets everything go wrong that can be made to, on a schedule
// drawn from a seed, and in the end heals it all, waits until every job has
// ended, and checks the invariants I1 to I12, the journals of its clients, and
// that what all of them were told of jobs could have happened in one order.
// docs/reliability.md explains it and has the latest figures.
//
//	make chaos                        60 seconds, a seed of the moment
//	make chaos CHAOS=30m SEED=42      longer, the schedule of that seed
//	make chaos-recovery               one fault after the other under a steady
//	                                  load, and the throughput around each
//
// It ends with exit code 1 when an invariant is broken, when one of the faults
// never hit, which would prove nothing, or when the throughput did not come back.
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
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}
