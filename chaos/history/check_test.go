package history_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"holdfast/chaos/history"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The views of a job.
var (
	queued         = history.View{Status: "queued"}
	queuedBehind   = history.View{Status: "waiting"}
	running        = history.View{Status: "running", Begun: true}
	waiting        = history.View{Status: "waiting", Begun: true}
	stopping       = history.View{Status: "running", Begun: true, Asked: true}
	succeeded      = history.View{Status: "succeeded", Begun: true}
	failed         = history.View{Status: "failed", Begun: true}
	failedStopping = history.View{Status: "failed", Begun: true, Asked: true}
	cancelled      = history.View{Status: "cancelled", Begun: true, Asked: true}
	withdrawn      = history.View{Status: "cancelled", Asked: true}
)

// An operation on the source "forge" from one moment to another, in seconds.
func at(call, answer int, event history.Event) history.Operation {
	o := history.Operation{Client: "c", Source: "forge", Call: second(call), Event: event}
	if event.Kind != history.LostPost && event.Kind != history.LostCancel {
		o.Return = second(answer)
	}
	return o
}

func second(n int) time.Time { return time.Date(2026, 11, 25, 12, 0, n, 0, time.UTC) }

// inTurn are operations one after the other.
func inTurn(events ...history.Event) []history.Operation {
	operations := make([]history.Operation, len(events))
	for i, event := range events {
		operations[i] = at(3*i, 3*i+1, event)
	}
	return operations
}

func created(job string) history.Event   { return history.Event{Kind: history.Created, Job: job} }
func coalesced(job string) history.Event { return history.Event{Kind: history.Coalesced, Job: job} }
func lostPost() history.Event            { return history.Event{Kind: history.LostPost} }
func cancel(job string) history.Event    { return history.Event{Kind: history.CancelAccepted, Job: job} }
func noCancel(job string) history.Event  { return history.Event{Kind: history.CancelRefused, Job: job} }
func lostCancel(job string) history.Event {
	return history.Event{Kind: history.LostCancel, Job: job}
}
func retryOfA() history.Event          { return history.Event{Kind: history.RetryAccepted, Job: "a"} }
func noRetry(job string) history.Event { return history.Event{Kind: history.RetryRefused, Job: job} }
func decided() history.Event           { return history.Event{Kind: history.Decided} }
func saw(job string, view history.View) history.Event {
	return history.Event{Kind: history.Saw, Job: job, View: view}
}

func verdict(t *testing.T, operations []history.Operation) history.Verdict {
	t.Helper()
	results := history.Check(operations, time.Minute)
	if len(results) != 1 || results[0].Source != "forge" || results[0].Operations != len(operations) {
		t.Fatalf("checked %+v, want all %d operations of the one source", results, len(operations))
	}
	return results[0].Verdict
}

func TestLegalHistories(t *testing.T) {
	t.Parallel()
	for name, operations := range map[string][]history.Operation{
		"the life of a job": inTurn(created("a"), saw("a", queued), saw("a", running), saw("a", waiting), saw("a", running),
			saw("a", succeeded), saw("a", succeeded)),
		"a successor waits, then runs": inTurn(created("a"), saw("a", running), created("b"), saw("b", queued), saw("b", queuedBehind),
			coalesced("b"), saw("a", waiting), saw("b", running), saw("a", failed)),
		"what nobody looked at has ended":     inTurn(created("a"), created("b"), created("c"), saw("a", succeeded), saw("b", failed)),
		"a queued job is withdrawn":           inTurn(created("a"), cancel("a"), saw("a", withdrawn), retryOfA(), created("b")),
		"a withdrawn job leaves another run":  inTurn(created("a"), saw("a", running), created("b"), cancel("b"), created("c"), saw("a", running)),
		"a running job stops":                 inTurn(created("a"), saw("a", running), cancel("a"), saw("a", stopping), cancel("a"), saw("a", cancelled)),
		"a queued job begins before a cancel": inTurn(created("a"), cancel("a"), saw("a", stopping), saw("a", cancelled), noCancel("a")),
		"a job fails before it has stopped":   inTurn(created("a"), saw("a", running), cancel("a"), saw("a", failedStopping), retryOfA()),
		"retries are refused":                 inTurn(created("a"), noRetry("a"), saw("a", running), noRetry("a"), noRetry("a"), saw("a", succeeded), noRetry("a")),
		"a decision between two jobs":         inTurn(created("a"), saw("a", running), created("b"), decided(), saw("b", queued), saw("a", succeeded)),
		"a lost POST was carried out":         inTurn(created("a"), saw("a", running), lostPost(), coalesced("b"), saw("b", queued), saw("a", running)),
		"a lost POST was not carried out":     inTurn(lostPost(), created("a"), saw("a", running), created("b")),
		"a lost cancel of a queued job":       inTurn(created("a"), saw("a", running), created("b"), lostCancel("b"), created("c"), saw("a", running), saw("b", withdrawn)),
		"a lost cancel stops a job":           inTurn(created("a"), saw("a", running), lostCancel("a"), saw("a", running), saw("a", stopping)),
		"a lost cancel withdrew a job":        inTurn(created("a"), lostCancel("a"), saw("a", withdrawn)),
		"a lost cancel that comes later":      inTurn(created("a"), lostCancel("a"), saw("a", queued), saw("a", running), saw("a", stopping), saw("a", cancelled)),
		"a lost cancel of a job that ended":   inTurn(created("a"), lostCancel("a"), created("b"), created("c"), saw("a", failedStopping)),
		"a lost cancel that never came":       inTurn(created("a"), lostCancel("a"), saw("a", succeeded)),
		"a slow GET": {
			at(0, 1, created("a")), at(2, 9, saw("a", queued)), at(3, 4, saw("a", running)), at(5, 6, saw("a", succeeded)),
		},
		"a repeated POST took effect early": {
			at(0, 9, created("a")), at(1, 2, coalesced("a")), at(3, 4, saw("a", running)),
		},
		"two POSTs at once": {at(0, 5, coalesced("a")), at(1, 4, created("a"))},
		"an answer at the moment of another call": {
			at(0, 1, created("a")), at(2, 3, saw("a", running)), at(3, 4, saw("a", queued)),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := verdict(t, operations); got != history.Linearizable {
				t.Errorf("%s, want an order of\n%s", got, lines(operations))
			}
		})
	}
}

// Each of them breaks one rule; without its last operation it is legal.
func TestIllegalHistories(t *testing.T) {
	t.Parallel()
	for name, operations := range map[string][]history.Operation{
		"joined a job that ran":           inTurn(created("a"), saw("a", running), coalesced("a")),
		"joined a job that was cancelled": inTurn(created("a"), cancel("a"), coalesced("a")),
		"joined a job that nobody made":   inTurn(created("a"), coalesced("b")),
		"one lost POST made two jobs":     inTurn(lostPost(), coalesced("a"), saw("a", running), coalesced("b")),
		"a job was made before its POST":  inTurn(coalesced("a"), lostPost())[:1],
		"a job was made twice":            inTurn(created("a"), saw("a", succeeded), created("a")),
		"two jobs were queued":            inTurn(created("a"), created("b"), saw("a", queued)),
		"two jobs ran":                    inTurn(created("a"), saw("a", running), created("b"), saw("b", running), saw("a", waiting)),
		"a job ran again":                 inTurn(created("a"), saw("a", succeeded), saw("a", running)),
		"a job was queued again":          inTurn(created("a"), saw("a", running), saw("a", queuedBehind)),
		"an end changed":                  inTurn(created("a"), saw("a", succeeded), saw("a", failed)),
		"a cancel came after the end":     inTurn(created("a"), saw("a", succeeded), cancel("a")),
		"a cancel was refused too early":  inTurn(created("a"), noCancel("a"), saw("a", running)),
		"a cancel was forgotten":          inTurn(created("a"), saw("a", running), cancel("a"), saw("a", running)),
		"a stopping job succeeded":        inTurn(created("a"), saw("a", running), cancel("a"), saw("a", succeeded)),
		"a job was cancelled unasked":     inTurn(created("a"), saw("a", cancelled)),
		"a running job was withdrawn":     inTurn(created("a"), saw("a", running), cancel("a"), saw("a", withdrawn)),
		"a withdrawn job ran":             inTurn(created("a"), saw("a", running), created("b"), cancel("b"), saw("a", running), saw("b", stopping)),
		"a job was retried as it ran":     inTurn(created("a"), saw("a", running), retryOfA(), saw("a", running)),
		"a success was retried":           inTurn(created("a"), saw("a", succeeded), retryOfA()),
		"a failure was not retried":       inTurn(created("a"), saw("a", failed), noRetry("a")),
		"deletions decided as a job ran":  inTurn(created("a"), saw("a", running), decided(), saw("a", running)),
		"a successor overtook":            inTurn(created("a"), saw("a", running), created("b"), created("c"), saw("a", running)),
		"a job failed without beginning":  inTurn(created("a"), saw("a", history.View{Status: "failed"})),
		"a state that does not exist":     inTurn(created("a"), saw("a", history.View{Status: "paused"})),
		"an answer shows no job":          inTurn(saw("", running)),
		"a job that nobody made is seen":  inTurn(lostPost(), created("a"), saw("b", queued)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := verdict(t, operations); got != history.Broken {
				t.Errorf("%s, want it found that nothing orders\n%s", got, lines(operations))
			}
			legal := operations[:len(operations)-1]
			if len(legal) > 0 && verdict(t, legal) != history.Linearizable {
				t.Errorf("is illegal before its last operation:\n%s", lines(operations))
			}
		})
	}
}

func lines(operations []history.Operation) string {
	var text strings.Builder
	for i := range operations {
		text.WriteString(operations[i].String() + "\n")
	}
	return text.String()
}

func TestSourcesAreCheckedAlone(t *testing.T) {
	t.Parallel()
	broken := inTurn(created("a"), saw("a", succeeded), saw("a", failed))
	fine := inTurn(created("a"), saw("a", running))
	for i := range fine {
		fine[i].Source = "another"
	}
	got := history.Check(append(broken, fine...), time.Minute)
	want := []history.Result{
		{Source: "another", Operations: 2, Verdict: history.Linearizable},
		{Source: "forge", Operations: 3, Verdict: history.Broken, Excerpt: broken},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(history.Result{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A search that does not end is no proof of anything. This one takes a second,
// so that even on a busy machine the limit comes first.
func TestASearchWithoutTimeIsNotDecided(t *testing.T) {
	t.Parallel()
	if got := history.Check(long(40_000), time.Nanosecond)[0].Verdict; got != history.Undecided {
		t.Errorf("%s within a nanosecond", got)
	}
}

// long is a legal history of about so many operations: three clients look at
// every job, some of whose POSTs and cancels are lost.
func long(operations int) []history.Operation {
	var all []history.Operation
	for i := 0; len(all) < operations; i++ {
		job, t := strings.Repeat("j", 1+i%7)+time.Duration(i).String(), 20*i
		all = append(all, at(t, t+1, created(job)), at(t, t+2, lostPost()), at(t+1, t+4, saw(job, queued)), at(t+2, t+6, coalesced(job)),
			at(t+7, t+9, lostCancel(job)), at(t+8, t+12, saw(job, running)), at(t+8, t+11, saw(job, waiting)), at(t+9, t+15, noRetry(job)))
		if i%3 == 0 {
			all = append(all, at(t+16, t+19, saw(job, succeeded)), at(t+16, t+18, noCancel(job)))
		}
	}
	return all
}

func TestALongHistoryIsDecided(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	if got := verdict(t, long(10_000)); got != history.Linearizable {
		t.Errorf("%s, want an order", got)
	}
	t.Logf("decided in %s", time.Since(begun))
}

func TestTheExcerptOfALongHistory(t *testing.T) {
	t.Parallel()
	operations := long(1500)
	middle := operations[len(operations)/2].Call.Sub(second(0)) / time.Second
	a := at(int(middle), int(middle)+1, saw("jj1ns", succeeded))
	b := at(int(middle)+2, int(middle)+3, saw("jj1ns", failed))
	begun := time.Now()
	results := history.Check(append(operations, b, a), time.Minute)
	t.Logf("found in %s", time.Since(begun))
	result := results[0]
	if result.Verdict != history.Broken {
		t.Fatalf("%s, want it broken", result.Verdict)
	}
	want := []history.Operation{at(20, 21, created("jj1ns")), at(27, 0, lostCancel("jj1ns")), a, b}
	if diff := cmp.Diff(want, result.Excerpt); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var page strings.Builder
	if err := result.Draw(&page); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"<html", "saw job jj1ns succeeded, started", "saw job jj1ns failed, started", "slot free; queue jj1ns"} {
		if !strings.Contains(page.String(), part) {
			t.Errorf("the drawing does not have %q", part)
		}
	}
	if strings.Contains(page.String(), "jjj2ns") {
		t.Error("the drawing has jobs that have no part in it")
	}
}
