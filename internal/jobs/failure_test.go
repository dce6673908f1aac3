package jobs

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

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

func TestBackoffGrowsAndIsBounded(t *testing.T) {
	t.Parallel()
	f := failureOf(&source.Error{Kind: source.Transient})
	for before := range 80 {
		full := min(time.Second<<min(before, 20), maxBackoff)
		for range 20 {
			if got := f.wait(time.Second, before); got < full/2 || got > full {
				t.Fatalf("after %d failures: wait = %s, want between %s and %s", before, got, full/2, full)
			}
		}
	}
	asked := failureOf(&source.Error{Kind: source.RateLimit, RetryAfter: 90 * time.Second})
	if got := asked.wait(time.Second, 5); got != 90*time.Second {
		t.Errorf("asked to wait 90 s: %s", got)
	}
	absurd := failureOf(&source.Error{Kind: source.RateLimit, RetryAfter: 1e6 * time.Hour})
	if got := absurd.wait(time.Second, 0); got != maxWait {
		t.Errorf("asked to wait for a century: %s, want %s", got, maxWait)
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
