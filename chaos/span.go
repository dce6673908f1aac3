package main

import (
	"slices"
	"time"
)

// span is when something happened, as far as that can be told: at the earliest
// and at the latest.
type span struct{ first, last time.Time }

// spanOf is when the server's clock showed a time. One that it never showed, by
// all that is known, may have been any.
func spanOf(stamp time.Time, moments func(time.Time) []time.Time) span {
	possible := moments(stamp)
	if len(possible) == 0 {
		return span{first: time.Time{}, last: stamp.AddDate(1, 0, 0)}
	}
	return span{first: slices.MinFunc(possible, time.Time.Compare), last: slices.MaxFunc(possible, time.Time.Compare)}
}

// spansOf is when the pages of a partition were committed. They came one after
// the other, which often tells what the clock alone does not.
func spansOf(pages []pageCommit, moments func(time.Time) []time.Time) []span {
	spans := make([]span, len(pages))
	for i, p := range pages {
		spans[i] = spanOf(p.At, moments)
		if i > 0 && spans[i].first.Before(spans[i-1].first) {
			spans[i].first = spans[i-1].first
		}
	}
	for i := len(spans) - 2; i >= 0; i-- {
		if spans[i].last.After(spans[i+1].last) {
			spans[i].last = spans[i+1].last
		}
	}
	return spans
}
