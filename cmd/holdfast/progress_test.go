package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/openapi"
)

func TestBar(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		job  openapi.Job
		want string
	}{
		"queued": {openapi.Job{Source: "gitlab", Status: "queued"}, "gitlab  queued"},
		"with a total": {openapi.Job{Source: "gitlab", Status: "running", Progress: openapi.Progress{
			Partitions: 4, PartitionsDone: 1, Seen: 1700, Total: new(int64(4000)), RowsPerSecond: new(850.4), EtaSeconds: new(int64(63)),
		}}, "gitlab  running  ██████░░░░░░░░░░  42%  1,700 of 4,000  850/s  1m3s left  1 of 4 parts done"},
		"without a total": {openapi.Job{Source: "gitlab", Status: "running", Progress: openapi.Progress{
			Partitions: 1, Seen: 1700, RowsPerSecond: new(850.4),
		}}, "gitlab  running  1,700 rows  850/s"},
		"more than stated": {openapi.Job{Source: "g", Status: "running", Progress: openapi.Progress{
			Partitions: 1, PartitionsDone: 1, Seen: 12, Total: new(int64(10)),
		}}, "g  running  ████████████████ 100%  12 of 10"},
		"waiting, stopping": {openapi.Job{
			Source: "g", Status: "waiting", WaitingReason: new(openapi.WaitingReasonSourceBusy), CancelRequestedAt: &time.Time{},
			RetryAt: new(time.Now()),
		}, "g  waiting  the job before it is still running  stopping"},
	} {
		if diff := cmp.Diff(test.want, bar(&test.job)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestGrouped(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1: "-1", -123456: "-123,456"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) = %s, want %s", n, got, want)
		}
	}
}

// A terminal gets one line that is drawn again and again, and never wraps.
func TestTerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := &terminal{out: &out, width: func() int { return 10 }}
	s.progress(&openapi.Job{Source: "a-long-name-of-a-source", Status: "queued"}, true)
	s.note("short")
	s.clear()
	s.clear()
	if got, want := out.String(), "\ra-long-na\x1b[K\rshort\x1b[K\r\x1b[K"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Results and complaints take the place of what was drawn, a note for example.
func TestTerminalBeforeOutput(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := &terminal{out: &out, width: func() int { return 80 }}
	a := &app{screen: s, out: results{screen: s, to: &out}}
	answered := command{do: func(_ context.Context, a *app) error {
		a.screen.note("waiting")
		return a.printJobs([]openapi.Job{{ID: "1", Source: "g", Status: "queued"}})
	}}
	failed := command{do: func(_ context.Context, a *app) error {
		a.screen.note("waiting")
		return errJobFailed
	}}
	if err := a.perform(t.Context(), answered); err != nil {
		t.Error(err)
	}
	if err := a.perform(t.Context(), failed); !errors.Is(err, errJobFailed) {
		t.Error(err)
	}
	const note = "\rwaiting\x1b[K\r\x1b[K"
	if got, want := out.String(), note+"1  g  queued\n"+note; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Elsewhere a line comes with every change of state, and otherwise seldom.
func TestPlain(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	var out, notes bytes.Buffer
	s := &plain{out: &out, notes: &notes, now: func() time.Time { return now }}
	job := openapi.Job{Source: "g", Status: openapi.JobStatusQueued}
	s.progress(&job, true)
	job.Status = openapi.JobStatusRunning
	for range 5 {
		s.progress(&job, true)
		now = now.Add(time.Second)
	}
	s.note("gone")
	s.note("gone")
	job.Status = openapi.JobStatusSucceeded
	s.progress(&job, true) // the summary follows
	if got := strings.Fields(out.String()); cmp.Diff([]string{"g", "queued", "g", "running", "g", "running", "g", "running"}, got) != "" {
		t.Errorf("lines: %q", got)
	}
	if notes.String() != "gone\n" {
		t.Errorf("notes: %q", notes.String())
	}
}

// That the API answers again is shown, though the job is what it was; without
// an outage a job that is what it was is no news.
func TestPlainAfterAnOutage(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	var out, notes bytes.Buffer
	s := &plain{out: &out, notes: &notes, now: func() time.Time { return now }}
	job := openapi.Job{Source: "g", Status: openapi.JobStatusQueued}
	s.progress(&job, true)
	for range 2 {
		s.note("gone")
		s.progress(&job, false)
		now = now.Add(time.Minute)
		s.progress(&job, false)
	}
	if got, want := out.String(), strings.Repeat("g  queued\n", 3); got != want {
		t.Errorf("lines %q, want %q", got, want)
	}
	if got, want := notes.String(), strings.Repeat("gone\n", 2); got != want {
		t.Errorf("notes %q, want %q", got, want)
	}
}
