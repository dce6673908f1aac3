package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast/bench/stage"
)

// dialer is what takes requests: the API, or what it is compared with.
type dialer interface {
	Dial(ctx context.Context) (*stage.Client, error)
}

// request sends the requests to a server from a number of clients, each of
// which waits for its answer before it takes the next, and measures them.
// Every answer must have the status.
func request(
	ctx context.Context, server dialer, clients, status int, requests []stage.Request,
) (outcome, error) {
	connections := make([]*stage.Client, clients)
	for i := range connections {
		var err error
		if connections[i], err = server.Dial(ctx); err != nil {
			return outcome{}, err
		}
		defer connections[i].Close()
	}
	latencies := make([]float64, len(requests))
	var next atomic.Int64
	var group errgroup.Group
	begun := time.Now()
	for _, connection := range connections {
		group.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(requests) {
					return nil
				}
				sent := time.Now()
				got, body, err := connection.Do(requests[i])
				if err != nil {
					return err
				}
				if got != status {
					return fmt.Errorf("request %d: %d %s", i, got, body)
				}
				latencies[i] = milliseconds(time.Since(sent))
			}
		})
	}
	err := group.Wait()
	return outcome{rate: rate(len(requests), time.Since(begun)), latencies: latencies}, err
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
