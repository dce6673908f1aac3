package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAlternate(t *testing.T) {
	t.Parallel()
	b := &bench{options: options{pairs: 2}}
	order := ""
	turn := func(name string, first float64) side {
		return func(context.Context) (float64, error) {
			order += name
			first++
			return first, nil
		}
	}
	figures, err := b.alternate(t.Context(), turn("A", 0), turn("B", 10))
	if err != nil {
		t.Fatal(err)
	}
	if order != "ABABAB" {
		t.Errorf("the sides were measured in the order %s", order)
	}
	// The first figures, 1 and 11, were to warm up.
	if diff := cmp.Diff([][]float64{{2, 3}, {12, 13}}, figures); diff != "" {
		t.Error(diff)
	}
	failed := errors.New("no")
	if _, err := b.alternate(t.Context(), func(context.Context) (float64, error) { return 0, failed }); !errors.Is(err, failed) {
		t.Errorf("error %v, want %v", err, failed)
	}
}

func TestPgbenchOutput(t *testing.T) {
	t.Parallel()
	const output = `transaction type: script.sql
latency average = 2.188 ms
initial connection time = 2.611 ms
tps = 457.093242 (without initial connection time)
`
	if rate, err := parseRate(output); err != nil || rate != 457.093242 {
		t.Errorf("rate %g, %v", rate, err)
	}
	if _, err := parseRate("tps = none"); err == nil {
		t.Error("an output without a rate is no error")
	}
}

func TestReadLatencies(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, text := range map[string]string{
		"log.7":   "0 1 2500 0 1700000000 10\n1 1 500 0 1700000000 20\n",
		"log.7.1": "2 1 1000 0 1700000000 30\n",
		"script":  "not a log\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readLatencies(folder)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{2.5, 0.5, 1}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := parseLatency("0 1"); err == nil {
		t.Error("a line without a latency is no error")
	}
}

func TestArrivals(t *testing.T) {
	t.Parallel()
	a := newArrivals()
	go func() {
		a.arrive(2)
		a.arrive(1)
	}()
	times, err := a.await(t.Context(), 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	a.arrive(1)
	again, err := a.await(t.Context(), 1, 2)
	if err != nil || !times[0].Equal(again[0]) || times[0].Before(times[1]) {
		t.Errorf("times %v and, after one more arrival, %v, %v: only the first one counts", times, again, err)
	}
	a.forget()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.await(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("await after forget: %v", err)
	}
}

func TestProcessorShare(t *testing.T) {
	t.Parallel()
	before := processor{busy: 100, all: 1000}
	if got := (processor{busy: 175, all: 1100}).share(before); got != 0.75 {
		t.Errorf("share %g, want 0.75", got)
	}
	if got := before.share(before); got != 0 {
		t.Errorf("share of no time: %g", got)
	}
}

func TestThousandsOf(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{10: "10", 10_000: "10 k", 2500: "2.5 k", 1_000_000: "1 M", 10_000_000: "10 M"} {
		if got := thousandsOf(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
