package history

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
)

func told(call, answer int, event Event) Operation {
	o := Operation{Client: "c", Source: "forge", Call: moment(call), Event: event}
	if !o.lost() {
		o.Return = moment(answer)
	}
	return o
}

// What was under way at a moment may have been carried out, or not.
func TestBefore(t *testing.T) {
	t.Parallel()
	a := func(kind Kind) Event { return Event{Kind: kind, Job: "a"} }
	got := before([]Operation{
		told(1, 2, a(Created)), told(2, 5, a(Saw)), told(3, 5, a(Saw)), told(2, 6, a(Saw)), told(4, 9, a(Coalesced)), told(5, 9, a(Created)),
		told(3, 7, a(CancelAccepted)), told(3, 7, a(CancelRefused)), told(3, 7, a(RetryRefused)), told(4, 0, a(LostCancel)),
		told(5, 0, Event{Kind: LostPost}), told(6, 0, Event{Kind: LostPost}), told(6, 7, a(Created)),
	}, moment(5))
	want := []Operation{
		told(1, 2, a(Created)), told(2, 5, a(Saw)), told(3, 5, a(Saw)), told(4, 0, Event{Kind: LostPost}), told(5, 0, Event{Kind: LostPost}),
		told(3, 0, a(LostCancel)), told(4, 0, a(LostCancel)), told(5, 0, Event{Kind: LostPost}),
	}
	for i := range got {
		if got[i].lost() {
			got[i].Return = time.Time{} // which is not looked at
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An excerpt keeps whatever would itself be missed, and nothing else.
func TestAnExcerptKeepsWhatMadeItsJobs(t *testing.T) {
	t.Parallel()
	event := func(kind Kind, job string) Event { return Event{Kind: kind, Job: job} }
	saw := func(job string, status project.Status, begun bool) Event {
		return Event{Kind: Saw, Job: job, View: View{Status: status, Begun: begun}}
	}
	for name, test := range map[string]struct {
		all  []Event
		keep []int
	}{
		"a job that a lost POST made": {
			[]Event{
				event(LostPost, ""), event(Coalesced, "a"), event(Coalesced, "a"), saw("a", "queued", false), saw("a", "running", true),
				saw("a", "queued", false), saw("a", "running", true),
			}, []int{0, 1, 2, 4, 5},
		},
		"a job of which a POST was answered": {
			[]Event{
				event(LostPost, ""), event(Created, "a"), event(Coalesced, "a"), event(LostPost, ""), saw("a", "running", true),
				event(Created, "b"), event(Coalesced, "b"), event(Coalesced, "a"), saw("b", "running", true),
			}, []int{1, 4, 7},
		},
		"two jobs": {
			[]Event{
				event(Created, "z"), event(Created, "a"), saw("a", "running", true), event(Created, "b"), saw("z", "failed", true),
				event(Coalesced, "b"), saw("b", "running", true), saw("a", "waiting", true), saw("a", "succeeded", true),
			}, []int{1, 3, 6, 7},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var all, want []Operation
			for i, e := range test.all {
				all = append(all, told(3*i, 3*i+1, e))
				if slices.Contains(test.keep, i) {
					want = append(want, all[i])
				}
			}
			_, got := shrink(all)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReduce(t *testing.T) {
	t.Parallel()
	all := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for _, want := range [][]int{{}, {0}, {10}, {3, 4}, {0, 5, 10}, all} {
		got := reduce(all, func(kept []int) bool {
			return !slices.ContainsFunc(want, func(n int) bool { return !slices.Contains(kept, n) })
		})
		if !slices.Equal(got, want) {
			t.Errorf("reduced to %v, want %v", got, want)
		}
	}
}
