package jobs

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

func TestWhatAFailureMeans(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind             source.Kind
		before, restarts int
		fatal            bool
		reason           project.WaitingReason
	}{
		{kind: source.Configuration, fatal: true, reason: project.Retrying},
		{kind: source.RateLimit, before: 100, reason: project.RateLimited},
		{kind: source.Transient, before: 8, reason: project.SourceUnavailable},
		{kind: source.Transient, before: 9, fatal: true, reason: project.SourceUnavailable},
		{kind: source.Contract, before: 1, reason: project.Retrying},
		{kind: source.Contract, before: 2, fatal: true, reason: project.Retrying},
		{kind: source.Expired, before: 50, restarts: 2, reason: project.Retrying},
		{kind: source.Expired, restarts: 3, fatal: true, reason: project.Retrying},
	}
	for _, test := range tests {
		f := failureOf(&source.Error{Kind: test.kind, Code: "c", Message: "m"})
		if got := f.fatal(test.before, test.restarts); got != test.fatal {
			t.Errorf("%s after %d failures and %d restarts: fatal = %v", test.kind, test.before, test.restarts, got)
		}
		if got := f.reason(); got != test.reason {
			t.Errorf("%s: reason = %s, want %s", test.kind, got, test.reason)
		}
	}
	for _, ours := range []failure{unknownSource("a"), storageFailure("write the page", errors.New("disk full"))} {
		if got := ours.reason(); got != project.Retrying {
			t.Errorf("%s: reason = %s", ours.code, got)
		}
	}
	if f := failureOf(errors.New("unknown")); f.kind != source.Transient || !f.retryable {
		t.Errorf("an unknown error = %+v, want it transient", f)
	}
}

// kindsThatWait are those of failures after which a source is asked again.
func kindsThatWait() *rapid.Generator[source.Kind] {
	return rapid.SampledFrom([]source.Kind{source.RateLimit, source.Transient, source.Contract, source.Expired})
}

func TestBackoffDoublesUpToItsLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]source.Kind{source.Transient, source.Contract}).Draw(t, "kind")
		first := time.Duration(rapid.Int64Range(int64(time.Millisecond), int64(time.Minute)).Draw(t, "first"))
		f := failureOf(&source.Error{Kind: kind})
		full := first
		for before := range rapid.IntRange(1, 100).Draw(t, "failures") {
			got := f.wait(first, before)
			if got < full/2 || got > full {
				t.Fatalf("after %d failures: wait = %s, want between %s and %s", before, got, full/2, full)
			}
			full = min(2*full, maxBackoff)
		}
	})
}

// Partitions that failed together must not come back together.
func TestBackoffIsSpread(t *testing.T) {
	t.Parallel()
	f := failureOf(&source.Error{Kind: source.Transient})
	var early, late bool
	for range 1000 {
		got := f.wait(time.Minute, 0)
		early = early || got < 35*time.Second
		late = late || got > 55*time.Second
	}
	if !early || !late {
		t.Errorf("of 1000 waits none was below 35 s (%t) or above 55 s (%t)", !early, !late)
	}
}

func TestWhatAServiceAsksForIsObeyed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		asked := time.Duration(rapid.Int64Range(1, int64(1000*time.Hour)).Draw(t, "asked"))
		f := failureOf(&source.Error{Kind: kindsThatWait().Draw(t, "kind"), RetryAfter: asked})
		before := rapid.IntRange(0, 100).Draw(t, "before")
		if got := f.wait(time.Second, before); got != min(asked, maxWait) {
			t.Fatalf("asked to wait %s: %s", asked, got)
		}
	})
	if got := failureOf(&source.Error{Kind: source.RateLimit}).wait(time.Second, 50); got != source.UnstatedWait {
		t.Errorf("a rate limit that says nothing: wait = %s, want %s", got, source.UnstatedWait)
	}
	if got := failureOf(&source.Error{Kind: source.Expired}).wait(time.Second, 50); got != 0 {
		t.Errorf("an expired cursor: wait = %s, want none", got)
	}
}

func TestPostgresIsAskedAgainSoonAndForLong(t *testing.T) {
	t.Parallel()
	f := storageFailure("write the page", errors.New("canceling statement due to lock timeout"))
	longest := time.Duration(0)
	for before := range maxStorageFailures {
		for range 20 {
			longest = max(longest, f.wait(time.Second, before))
		}
		if last := before == maxStorageFailures-1; f.fatal(before, 0) != last {
			t.Errorf("fatal after %d failures: %v", before, !last)
		}
	}
	if longest > maxStorageBackoff || longest <= maxStorageBackoff/2 {
		t.Errorf("the longest wait is %s, want it to grow to %s", longest, maxStorageBackoff)
	}
}

func FuzzClip(f *testing.F) {
	f.Add("abc", 2)
	f.Add("é\x00\xff", 1)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = max(0, limit%100)
		got := clip(text, limit)
		if !utf8.ValidString(got) || strings.ContainsRune(got, 0) || len(got) > limit+len("…") {
			t.Errorf("clip(%q, %d) = %q", text, limit, got)
		}
	})
}
