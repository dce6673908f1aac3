package history

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/internal/project"
)

// plain is the definition of a source that the model is compared with: every
// job is in one state, and every move is made at any time.
type plain struct {
	// jobs has the state of each job, lost whether a cancel of it may come.
	jobs      [plainJobs]views
	lost      [plainJobs]bool
	lostPosts int
}

const plainJobs = 3

func (p plain) find(v views) int {
	return slices.IndexFunc(p.jobs[:], func(is views) bool { return is&v != 0 })
}

func (p plain) to(job int, v views) plain {
	p.jobs[job] = v
	return p
}

// moves are those of the system itself.
func (p plain) moves() []plain {
	var after []plain
	if job := p.find(running); job >= 0 {
		after = append(after, p.to(job, succeeded), p.to(job, failed))
	}
	if job := p.find(stopping); job >= 0 {
		after = append(after, p.to(job, failedStopping), p.to(job, cancelled))
	}
	if job := p.find(queued); job >= 0 && p.find(running|stopping) < 0 {
		after = append(after, p.to(job, running))
	}
	for job, lost := range p.lost {
		if lost {
			after = append(after, p.cancel(job)...)
		}
	}
	return after
}

func (p plain) cancel(job int) []plain {
	switch p.jobs[job] {
	case queued:
		return []plain{p.to(job, withdrawn)}
	case running, stopping:
		return []plain{p.to(job, stopping)}
	}
	return nil
}

// do is an operation at this very moment.
func (p plain) do(o step) []plain {
	exists := p.jobs[o.job] != 0
	switch o.kind {
	case Created, Coalesced:
		switch {
		case o.kind == Coalesced && p.jobs[o.job] == queued:
			return []plain{p}
		case exists || p.find(queued) >= 0:
			return nil
		case o.kind == Coalesced && p.lostPosts == 0:
			return nil
		case o.kind == Coalesced:
			p.lostPosts--
		}
		return []plain{p.to(o.job, queued)}
	case LostPost:
		p.lostPosts++
		return []plain{p}
	case CancelAccepted:
		return p.cancel(o.job)
	case LostCancel:
		p.lost[o.job] = p.lost[o.job] || exists
		return []plain{p}
	case Decided:
		if p.find(running|stopping) >= 0 {
			return nil
		}
		return []plain{p}
	}
	if p.jobs[o.job]&o.shows == 0 {
		return nil
	}
	return []plain{p}
}

// after is what any of the states may become by moves and then the operation.
func after(all map[plain]bool, o step) map[plain]bool {
	reached := map[plain]bool{}
	var visit func(p plain)
	visit = func(p plain) {
		if !reached[p] {
			reached[p] = true
			for _, next := range p.moves() {
				visit(next)
			}
		}
	}
	for p := range all {
		visit(p)
	}
	done := map[plain]bool{}
	for p := range reached {
		for _, next := range p.do(o) {
			done[next] = true
		}
	}
	return done
}

// afterAll is the same in the model.
func afterAll(all map[state]bool, o step) map[state]bool {
	done := map[state]bool{}
	for s := range all {
		for _, next := range s.after(o) {
			done[next] = true
		}
	}
	return done
}

// The states of the model stand for exactly those of the plain definition:
// what the one allows next the other does too, whatever came before.
func TestTheModelIsThePlainDefinition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		model, definition := map[state]bool{initial(plainJobs): true}, map[plain]bool{{}: true}
		for range rapid.IntRange(1, 25).Draw(t, "length") {
			o := drawStep(t)
			wanted, got := after(definition, o), afterAll(model, o)
			if (len(wanted) == 0) != (len(got) == 0) {
				t.Fatalf("%+v: the definition has %d states, the model has %v, after %v", o, len(wanted), got, model)
			}
			if len(wanted) > 0 {
				model, definition = got, wanted
			}
		}
	})
}

func drawStep(t *rapid.T) step {
	event := Event{Kind: rapid.SampledFrom([]Kind{
		Created, Created, Coalesced, LostPost, CancelAccepted, CancelRefused, LostCancel, RetryAccepted, RetryRefused, Saw, Saw, Saw, Decided,
	}).Draw(t, "kind")}
	o := step{kind: event.Kind, job: rapid.IntRange(0, plainJobs-1).Draw(t, "job"), shows: event.shows()}
	if event.Kind == Saw {
		o.shows = views(1) << rapid.IntRange(0, 7).Draw(t, "view")
	}
	return o
}

// The state of the model is what the search copies and keeps: if a step made
// several out of one, again and again, it would never end.
func TestStatesStayFew(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		model := map[state]bool{initial(plainJobs): true}
		for range rapid.IntRange(1, 40).Draw(t, "length") {
			if next := afterAll(model, drawStep(t)); len(next) > 0 {
				model = next
			}
			if len(model) > 8 {
				t.Fatalf("%d states: %v", len(model), model)
			}
		}
	})
}

// A state that is seen stays what it was, of every state that a client sees.
func TestEveryViewIsOneState(t *testing.T) {
	t.Parallel()
	seen := map[views]int{}
	for _, status := range project.Statuses() {
		for _, begun := range []bool{false, true} {
			for _, asked := range []bool{false, true} {
				seen[View{Status: status, Begun: begun, Asked: asked}.state()]++
			}
		}
	}
	for v := queued; v != 0; v <<= 1 {
		want := 1
		if v&(queued|running|stopping) != 0 {
			want = 2 // one of them is status waiting
		}
		if seen[v] != want {
			t.Errorf("%d views are %s, want %d", seen[v], v, want)
		}
	}
}

func TestRecorder(t *testing.T) {
	t.Parallel()
	var r Recorder
	call := time.Now()
	r.Add("client-1", "forge", call, Event{Kind: Created, Job: "a"})
	r.Lose("client-2", "forge", call, Event{Kind: LostPost})
	before := r.Operations()
	r.Lose("client-2", "forge", call, Event{Kind: LostCancel, Job: "a"})
	if len(before) != 2 || len(r.Operations()) != 3 {
		t.Fatalf("%d operations, then %d", len(before), len(r.Operations()))
	}
	answered := before[0]
	if answered.Client != "client-1" || answered.Source != "forge" || answered.Event != (Event{Kind: Created, Job: "a"}) {
		t.Errorf("kept %+v", answered)
	}
	if answered.Call != call || answered.Return.Before(call) || time.Since(answered.Return) < 0 {
		t.Errorf("called at %s, returned at %s; the call was at %s", answered.Call, answered.Return, call)
	}
	if lost := before[1]; !lost.Return.IsZero() || !lost.lost() {
		t.Errorf("%+v has a return, though nobody knows of any", lost)
	}
}
