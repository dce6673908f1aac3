package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/chaos/schedule"
	"holdfast/chaos/takeover"
	"holdfast/internal/invariants"
)

func TestPercentiles(t *testing.T) {
	t.Parallel()
	stood := func(seconds ...int) []takeover.Standstill {
		var all []takeover.Standstill
		for _, s := range seconds {
			all = append(all, takeover.Standstill{For: time.Duration(s) * time.Second})
		}
		return all
	}
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = 100 - i
	}
	for _, test := range []struct {
		times []takeover.Standstill
		want  []float64
	}{
		{nil, []float64{0, 0, 0}},
		{stood(7), []float64{7, 7, 7}},
		{stood(9, 5, 4, 1), []float64{4, 9, 9}},
		{stood(hundred...), []float64{50, 99, 100}},
	} {
		p50, p99, longest := percentiles(test.times)
		if diff := cmp.Diff(test.want, []float64{p50.Seconds(), p99.Seconds(), longest.Seconds()}); diff != "" {
			t.Errorf("of %d (-want +got):\n%s", len(test.times), diff)
		}
	}
}

func TestReportNamesWhatNeverHit(t *testing.T) {
	t.Parallel()
	r := newReport(options{seed: 7, length: time.Minute})
	for _, kind := range schedule.Kinds() {
		r.struck(kind, 1)
	}
	if never := r.neverHit(); len(never) > 0 {
		t.Errorf("all have hit, and %v are said not to have", never)
	}
	r.hits[schedule.CutNetwork] = 0
	r.found(invariants.Violation{Invariant: "I7", Rule: "a row that was seen never vanishes", Rows: []string{"row 12 is gone"}})
	text := r.markdown()
	for _, part := range []string{"[cut_network]", "make chaos CHAOS=1m0s SEED=7", "I7", "row 12 is gone", "| violations | 1 |"} {
		if !strings.Contains(text, part) {
			t.Errorf("the report does not say %q:\n%s", part, text)
		}
	}
}

func TestReportSaysThatNoPagesSharedATransaction(t *testing.T) {
	t.Parallel()
	r := newReport(options{seed: 7, length: time.Minute})
	r.pages, r.transactions = 100, 100
	const said = "No two pages shared a transaction"
	if !r.pagesApart() || !strings.Contains(r.markdown(), said) {
		t.Errorf("100 pages in 100 transactions, and the report does not say %q", said)
	}
	r.transactions = 99
	if r.pagesApart() || strings.Contains(r.markdown(), said) {
		t.Errorf("100 pages in 99 transactions, and the report says %q", said)
	}
}

func TestJobsOfViolations(t *testing.T) {
	t.Parallel()
	const a, b = "01a207b9-d990-76af-92fc-56639aa8645a", "01a207b9-e6df-7433-b099-4a5a50958d51"
	got := jobIDs([]invariants.Violation{
		{Rows: []string{"job " + b + ": gone", "key k: " + a + " " + b, "row 12 of 2026-11-23 is gone"}}, {Rows: []string{"job " + a}},
	})
	if diff := cmp.Diff([]string{a, b}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-length", "30m", "-seed", "42"}, ""},
		{[]string{"-length", "5s"}, "20s or more"},
		{[]string{"-lease", "10ms"}, "1s or more"},
		{[]string{"now"}, "flags only"},
		{[]string{"-recovery", "-only", "kill_worker, cut_network"}, ""},
		{[]string{"-recovery", "-only", "kill_wurker"}, "no fault \"kill_wurker\""},
		{[]string{"-only", "kill_worker"}, "goes with -recovery"},
	} {
		_, err := parse(test.args, &strings.Builder{})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want %q", test.args, err, test.want)
		}
	}
}

func TestReportNamesWhatWasLeftOut(t *testing.T) {
	t.Parallel()
	r := newReport(options{without: []schedule.Kind{schedule.FillDisk}})
	for _, kind := range schedule.Kinds() {
		if kind != schedule.FillDisk {
			r.struck(kind, 1)
		}
	}
	if never := r.neverHit(); len(never) > 0 {
		t.Errorf("%v was left out, and counts as never hit", never)
	}
	if text := r.markdown(); !strings.Contains(text, "left out, so the run proves nothing about them: [fill_disk]") {
		t.Errorf("the report does not say what was left out:\n%s", text)
	}
}
