// Package recovery measures how far the throughput of a system comes back
// after a fault: the pages that are committed a second before the fault,
// against those from [Grace] after it was healed, by the moments of their
// commits as the server recorded them.
//
//	        Span          the fault      Grace           Span
//	├────── before ──────┤ struck ┄ healed ├─────────────┤────── after ──────┤
//
// Each side is the median over windows that slide through it, so that a listing
// that ends, or a moment in which the machine was busy, does not count for more
// than it lasted. The load has to be bound by the sources' latency, and steady.
package recovery

import (
	"math"
	"slices"
	"time"
)

// What is promised: this share of the throughput, so long after the fault.
const (
	Enough = 0.95
	Grace  = 10 * time.Second
)

// Span is how long is measured on each side of a fault.
const Span = 10 * time.Second

const (
	// window holds some 150 pages of the suite's load, so that one page more
	// or less is less than a hundredth of the rate.
	window = 2 * time.Second
	// step is how far a window slides.
	step = 250 * time.Millisecond
)

// Fault is when a fault began and when it was over.
type Fault struct{ Struck, Healed time.Time }

// From is where the first window begins, Until where the last one ends.
func (f Fault) From() time.Time { return f.Struck.Add(-Span) }

// Until is where the last window ends.
func (f Fault) Until() time.Time { return f.Healed.Add(Grace + Span) }

// Figures are what was measured, in pages a second.
type Figures struct {
	Before, After float64
	// Lowest is the rate of the worst window since the fault began.
	Lowest float64
	// Back is the time from healing to the first window that has [Enough];
	// negative if there was none.
	Back time.Duration
}

// Ratio is how much of the throughput is there again.
func (f Figures) Ratio() float64 {
	if f.Before == 0 {
		return 0
	}
	return f.After / f.Before
}

// Recovered reports whether it is enough.
func (f Figures) Recovered() bool { return f.Ratio() >= Enough }

// Measure reads the figures off the moments of commits, in any order.
func Measure(commits []time.Time, fault Fault) Figures {
	sorted := slices.SortedFunc(slices.Values(commits), time.Time.Compare)
	figures := Figures{
		Before: median(rates(sorted, fault.From(), fault.Struck)),
		After:  median(rates(sorted, fault.Healed.Add(Grace), fault.Until())),
		Lowest: slices.Min(rates(sorted, fault.Struck, fault.Until())),
		Back:   -1,
	}
	again := slices.IndexFunc(rates(sorted, fault.Healed, fault.Until()), func(rate float64) bool {
		return rate >= Enough*figures.Before
	})
	if again >= 0 {
		figures.Back = time.Duration(again) * step
	}
	return figures
}

// rates are those of the windows that slide from one moment to another one,
// which is later by a window at least.
func rates(sorted []time.Time, from, until time.Time) []float64 {
	var all []float64
	for begin := from; !begin.Add(window).After(until); begin = begin.Add(step) {
		first, _ := slices.BinarySearchFunc(sorted, begin, time.Time.Compare)
		end, _ := slices.BinarySearchFunc(sorted, begin.Add(window), time.Time.Compare)
		all = append(all, float64(end-first)/window.Seconds())
	}
	return all
}

func median(rates []float64) float64 {
	slices.Sort(rates)
	middle := float64(len(rates)-1) / 2
	return (rates[int(math.Floor(middle))] + rates[int(math.Ceil(middle))]) / 2
}
