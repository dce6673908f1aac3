package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// pollEvery is how often the benchmark looks whether something is over. It is
// never part of what is measured.
const pollEvery = 5 * time.Millisecond

// arrivals notes when something arrived for the first time: a source's request
// for its first page, or a River job at its worker.
type arrivals struct {
	mu    sync.Mutex
	first map[int]time.Time
	news  chan struct{}
}

func newArrivals() *arrivals {
	return &arrivals{first: map[int]time.Time{}, news: make(chan struct{}, 1)}
}

func (a *arrivals) arrive(number int) {
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, again := a.first[number]; again {
		return
	}
	a.first[number] = now
	select {
	case a.news <- struct{}{}:
	default:
	}
}

// forget begins anew.
func (a *arrivals) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.first)
}

// await waits until all of the numbers have arrived, and returns when.
func (a *arrivals) await(ctx context.Context, numbers ...int) ([]time.Time, error) {
	for {
		a.mu.Lock()
		times := make([]time.Time, 0, len(numbers))
		for _, number := range numbers {
			if at, arrived := a.first[number]; arrived {
				times = append(times, at)
			}
		}
		a.mu.Unlock()
		if len(times) == len(numbers) {
			return times, nil
		}
		select {
		case <-a.news:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// ServeHTTP is a service with one record for each source, whose path ends with
// the source's number.
func (a *arrivals) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var number int
	if _, err := fmt.Sscanf(r.URL.Path, "/s%d", &number); err != nil {
		http.NotFound(w, r)
		return
	}
	a.arrive(number)
	w.Header().Set("Content-Type", "application/json")
	// A client that has left needs no answer.
	_, _ = fmt.Fprintf(w, `[{"id":%d,"name":"project %d","web_url":"https://example.com/%d"}]`, number, number, number)
}
