package stats_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/bench/stats"
)

func TestSummarize(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sample []float64
		want   stats.Summary
	}{
		"nothing":          {nil, stats.Summary{}},
		"one":              {[]float64{7}, stats.Summary{Median: 7, Low: 7, High: 7, Count: 1}},
		"two":              {[]float64{4, 1}, stats.Summary{Median: 2.5, Low: 1, High: 4, Count: 2}},
		"an outlier":       {[]float64{1, 1000, 3, 2, 2.5}, stats.Summary{Median: 2.5, Low: 1, High: 1000, Count: 5}},
		"an even number":   {[]float64{8, 2, 6, 4}, stats.Summary{Median: 5, Low: 2, High: 8, Count: 4}},
		"all of one value": {[]float64{3, 3, 3}, stats.Summary{Median: 3, Low: 3, High: 3, Count: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := slices.Clone(test.sample)
			if diff := cmp.Diff(test.want, stats.Summarize(test.sample)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(before, test.sample); diff != "" {
				t.Errorf("the sample was changed: %s", diff)
			}
		})
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i)
	}
	for name, test := range map[string]struct {
		sample []float64
		q      float64
		want   float64
	}{
		"nothing":                {nil, 0.5, 0},
		"one value is each":      {[]float64{5}, 0.99, 5},
		"p50 of a hundred":       {hundred, 0.5, 50},
		"p99 of a hundred":       {hundred, 0.99, 99},
		"p100 is the largest":    {hundred, 1, 100},
		"p0 is the smallest":     {hundred, 0, 1},
		"p99 of few is the last": {[]float64{3, 1, 2}, 0.99, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := stats.Quantile(test.sample, test.q); got != test.want {
				t.Errorf("Quantile(%g) = %g, want %g", test.q, got, test.want)
			}
		})
	}
}

// TestQuantileIsMeasured checks the definition on samples of any kind.
func TestQuantileIsMeasured(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sample := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 50).Draw(t, "sample")
		q := rapid.Float64Range(0, 1).Draw(t, "q")
		got := stats.Quantile(sample, q)
		if !slices.Contains(sample, got) {
			t.Fatalf("%g is not in the sample", got)
		}
		notAbove := 0
		for _, v := range sample {
			if v <= got {
				notAbove++
			}
		}
		if float64(notAbove) < math.Floor(q*float64(len(sample))) {
			t.Fatalf("only %d of %d are not above %g", notAbove, len(sample), got)
		}
		s := stats.Summarize(sample)
		if s.Low > s.Median || s.Median > s.High {
			t.Fatalf("out of order: %+v", s)
		}
	})
}

func TestRatios(t *testing.T) {
	t.Parallel()
	want := []float64{0.5, 2}
	if diff := cmp.Diff(want, stats.Ratios([]float64{1, 4, 9}, []float64{2, 2})); diff != "" {
		t.Error(diff)
	}
}
