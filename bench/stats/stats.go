// Package stats has the few statistics that a benchmark states: the median and
// the spread of what was measured over and over, and quantiles of latencies.
//
// Medians and extremes are all there is on purpose. A handful of pairs on a
// machine that does other things too is no normal distribution, and a mean with
// a deviation would claim that it is one.
package stats

import (
	"math"
	"slices"
)

// Summary is what a sample amounts to.
type Summary struct {
	Median float64 `json:"median"`
	// Low and High are the smallest and the largest value.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Count is the size of the sample.
	Count int `json:"count"`
}

// Summarize returns the summary of a sample; of an empty one, the zero value.
func Summarize(sample []float64) Summary {
	if len(sample) == 0 {
		return Summary{}
	}
	sorted := slices.Sorted(slices.Values(sample))
	return Summary{Median: median(sorted), Low: sorted[0], High: sorted[len(sorted)-1], Count: len(sorted)}
}

// Median returns the middle value, or the mean of the two middle ones; 0 for
// an empty sample.
func Median(sample []float64) float64 { return Summarize(sample).Median }

func median(sorted []float64) float64 {
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// Quantile returns the smallest value that at least the share q of the sample
// does not exceed (the nearest rank); 0 for an empty sample. It is always a
// value that was measured: a p99 is never better than what somebody waited.
func Quantile(sample []float64, q float64) float64 {
	if len(sample) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(sample))
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// Ratios divides the samples pair by pair. What was measured side by side in
// one moment of the machine is compared with each other and with nothing else.
func Ratios(ours, theirs []float64) []float64 {
	ratios := make([]float64, min(len(ours), len(theirs)))
	for i := range ratios {
		ratios[i] = ours[i] / theirs[i]
	}
	return ratios
}
