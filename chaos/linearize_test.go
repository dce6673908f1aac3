package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/chaos/history"
	"holdfast/chaos/strike"
	"holdfast/internal/project"
	"holdfast/internal/sampleforge"
)

func TestWhatHasNoOrderIsFoundAndDrawn(t *testing.T) {
	t.Parallel()
	s := &stage{run: t.TempDir(), system: &strike.System{Forges: make([]*sampleforge.Forge, 2)}}
	l := &life{history: &history.Recorder{}}
	tell := func(source string, statuses ...project.Status) {
		l.history.Add("client-1", source, time.Now(), history.Event{Kind: history.Created, Job: "job-of-" + source})
		for _, status := range statuses {
			l.history.Add("client-2", source, time.Now(), history.Event{
				Kind: history.Saw, Job: "job-of-" + source, View: history.View{Status: status, Begun: true},
			})
		}
	}
	tell("forge-1", project.Running, project.Succeeded)
	r := newReport(options{})
	if err := s.checkHistory(l, r); err == nil || len(r.violations) > 0 {
		t.Errorf("found %v, %v: a source without a history proves nothing", r.violations, err)
	}
	tell("forge-2", project.Succeeded, project.Running)
	r = newReport(options{})
	if err := s.checkHistory(l, r); err != nil {
		t.Fatal(err)
	}
	if r.operations != 6 || len(r.violations) != 1 {
		t.Fatalf("%d operations checked, found %v; want 6 and one violation", r.operations, r.violations)
	}
	text := r.violations[0].String()
	for _, part := range []string{"forge-2", "client-1  POST: new job job-of-forge-2", "client-2  saw job job-of-forge-2 running, started"} {
		if !strings.Contains(text, part) {
			t.Errorf("the violation does not say %q: %s", part, text)
		}
	}
	if !strings.Contains(r.markdown(), "| operations checked for an order | 6 |") {
		t.Error("the report does not tell how many operations were checked")
	}
	if _, err := os.Stat(filepath.Join(s.run, "history-forge-2.html")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(s.run, "history-forge-1.html")); err == nil {
		t.Error("a history that is in order was drawn")
	}
}

func TestWhatIsNotDecidedIsAViolation(t *testing.T) {
	t.Parallel()
	s, r := &stage{}, newReport(options{})
	if err := s.judge(&history.Result{Source: "forge-1", Operations: 9, Verdict: history.Undecided}, r); err != nil {
		t.Fatal(err)
	}
	if len(r.violations) != 1 || !strings.Contains(r.violations[0].String(), "9 operations: not decided within 2m0s") {
		t.Errorf("found %v", r.violations)
	}
}
