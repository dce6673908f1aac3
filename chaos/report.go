package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"holdfast/chaos/schedule"
	"holdfast/chaos/takeover"
	"holdfast/internal/invariants"
)

// report is what a run found.
type report struct {
	options

	took time.Duration
	// deeds are what clients and sources did, by their names.
	deeds      map[string]int
	takeovers  []takeover.Standstill
	violations []invariants.Violation

	// accepted are the answers with 202, jobs those in the table.
	accepted                           int
	jobs, succeeded, failed, cancelled int64
	rows, changes, passedOn            int64
	pages, transactions                int64
	fenced                             int
	// operations of clients were checked, each in the history of its source.
	operations int
	// fencePairs are pages compared with takeovers, fencesUnclear those of them
	// whose order the jumps of the server's clock hide.
	fencePairs, fencesUnclear int
	// unmeasured are takeovers in whose course the clock jumped.
	unmeasured int
	// jumps are those of the server's clock.
	jumps string

	mu      sync.Mutex
	strikes map[schedule.Kind]int
	hits    map[schedule.Kind]int
	// recoveries are the measurements of a run with -recovery.
	recoveries []measurement
}

func newReport(o options) *report {
	return &report{options: o, deeds: map[string]int{}, strikes: map[schedule.Kind]int{}, hits: map[schedule.Kind]int{}}
}

// struck counts a strike and how often it hit.
func (r *report) struck(kind schedule.Kind, hits int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.strikes[kind]++
	r.hits[kind] += hits
}

func (r *report) found(violations ...invariants.Violation) {
	r.violations = append(r.violations, violations...)
}

// neverHit are the faults that a run has proven nothing about.
func (r *report) neverHit() []schedule.Kind {
	return slices.DeleteFunc(r.kinds(), func(k schedule.Kind) bool { return r.hits[k] > 0 })
}

// markdown is the report as people read it.
func (r *report) markdown() string {
	var text strings.Builder
	fmt.Fprintf(&text, "# Chaos, seed %d\n\n", r.seed)
	if r.recovery {
		text.WriteString(r.recoveryTable())
	} else {
		text.WriteString(r.strikeTable())
	}
	fmt.Fprint(&text, "\n| deed | times |\n|---|--:|\n")
	for _, deed := range slices.Sorted(maps.Keys(r.deeds)) {
		fmt.Fprintf(&text, "| %s | %d |\n", deed, r.deeds[deed])
	}
	fmt.Fprint(&text, "\n| figure | |\n|---|---|\n")
	for _, line := range r.figures() {
		fmt.Fprintf(&text, "| %s | %s |\n", line[0], line[1])
	}
	if left := r.leftOut(); len(left) > 0 {
		fmt.Fprintf(&text, "\nThese faults were left out, so the run proves nothing about them: %v\n", left)
	}
	if never := r.neverHit(); len(never) > 0 {
		fmt.Fprintf(&text, "\nThese faults never hit, so the run proves nothing about them: %v\n", never)
	}
	if r.pagesApart() {
		fmt.Fprint(&text, "\nNo two pages shared a transaction, so the run proves nothing about those that do.\n")
	}
	if slow := r.slowTakeovers(); len(slow) > 0 {
		fmt.Fprintf(&text, "\nTakeovers above %s; the log of the strikes tells what else went wrong meanwhile:\n\n", invariants.TakeoverBound)
		for _, stood := range slow {
			fmt.Fprintf(&text, "- %s\n", stood)
		}
	}
	for _, v := range r.violations {
		fmt.Fprintf(&text, "\n## %s: %s\n\n", v.Invariant, v.Rule)
		for _, row := range v.Rows {
			fmt.Fprintf(&text, "- %s\n", row)
		}
	}
	return text.String()
}

// pagesApart says that no two pages shared a transaction, so that the run proves
// nothing about those that do. Sources of a run with -recovery are all slow.
func (r *report) pagesApart() bool { return !r.recovery && r.transactions == r.pages }

// strikeTable counts the faults.
func (r *report) strikeTable() string {
	var text strings.Builder
	fmt.Fprint(&text, "| fault | strikes | hits |\n|---|--:|--:|\n")
	for _, kind := range schedule.Kinds() {
		fmt.Fprintf(&text, "| %s | %d | %d |\n", kind, r.strikes[kind], r.hits[kind])
	}
	return text.String()
}

// slowTakeovers are those above the bound. A run in which everything breaks at
// once has them rightly: while Postgres is down nobody takes anything over.
func (r *report) slowTakeovers() []takeover.Standstill {
	return slices.DeleteFunc(slices.Clone(r.takeovers), func(s takeover.Standstill) bool { return s.For <= invariants.TakeoverBound })
}

func (r *report) figures() [][2]string {
	terminal := r.succeeded + r.failed + r.cancelled
	p50, p99, longest := percentiles(r.takeovers)
	return [][2]string{
		{"run again with", "`" + r.again() + "`"},
		{"run in all", r.took.Round(time.Second).String()},
		{"lease, slice", fmt.Sprintf("%s, %s", r.lease, r.slice)},
		{"answers with 202", strconv.Itoa(r.accepted)},
		{"jobs", fmt.Sprintf("%d, %d of them terminal", r.jobs, terminal)},
		{"succeeded, failed, cancelled", fmt.Sprintf("%d, %d, %d", r.succeeded, r.failed, r.cancelled)},
		{"rows, changes of rows", fmt.Sprintf("%d, %d", r.rows, r.changes)},
		{"pages, in so many transactions", fmt.Sprintf("%d, %d", r.pages, r.transactions)},
		{"leases that ran out", strconv.FormatInt(r.passedOn, 10)},
		{"takeovers measured", fmt.Sprintf("%d: p50 %.1f s, p99 %.1f s, max %.1f s",
			len(r.takeovers), p50.Seconds(), p99.Seconds(), longest.Seconds())},
		{"jumps of the server's clock", r.jumps},
		{"takeovers left out, for the clock jumped meanwhile", strconv.Itoa(r.unmeasured)},
		{"slices fenced", strconv.Itoa(r.fenced)},
		{"operations checked for an order", strconv.Itoa(r.operations)},
		{"orders of page and takeover compared, unclear after a jump", fmt.Sprintf("%d, %d", r.fencePairs, r.fencesUnclear)},
		{"violations", strconv.Itoa(len(r.violations))},
	}
}

// percentiles are the median, the 99th percentile and the maximum; zero for none.
func percentiles(longestFirst []takeover.Standstill) (p50, p99, longest time.Duration) {
	n := len(longestFirst)
	if n == 0 {
		return 0, 0, 0
	}
	at := func(percent int) time.Duration { return longestFirst[n-(n*percent+99)/100].For }
	return at(50), at(99), longestFirst[0].For
}
