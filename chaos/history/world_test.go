package history

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/internal/project"
)

// world is a source and its clients, one small step after the other: calls
// overlap, take effect at one moment each, are answered later or never, and
// those that are given up may still take effect.
type world struct {
	*rapid.T

	now  int
	jobs []views
	// known are the jobs whose id a client was told.
	known   []int
	clients [3]*call
	givenUp []call
	history []Operation
}

// call is a request under way; event is set once it has taken effect.
type call struct {
	began int
	want  Kind
	job   int
	event *Event
}

func id(job int) string { return fmt.Sprintf("job-%d", job+1) }

func (w *world) find(v views) int {
	return slices.IndexFunc(w.jobs, func(is views) bool { return is&v != 0 })
}

// step lets something happen.
func (w *world) step() {
	w.now++
	switch what := rapid.IntRange(0, 9).Draw(w.T, "what"); {
	case what == 0:
		w.move()
	case what == 1 && len(w.givenUp) > 0:
		i := rapid.IntRange(0, len(w.givenUp)-1).Draw(w.T, "late")
		w.effect(&w.givenUp[i])
		w.givenUp = slices.Delete(w.givenUp, i, i+1)
	default:
		w.client(rapid.IntRange(0, len(w.clients)-1).Draw(w.T, "client"))
	}
}

// move is one of the system itself.
func (w *world) move() {
	if job := w.find(running | stopping); job >= 0 {
		ends := map[views][]views{running: {succeeded, failed}, stopping: {failedStopping, cancelled}}
		w.jobs[job] = rapid.SampledFrom(ends[w.jobs[job]]).Draw(w.T, "end")
	} else if job := w.find(queued); job >= 0 {
		w.jobs[job] = running
	}
}

// client begins a call, or goes on with it.
func (w *world) client(n int) {
	c := w.clients[n]
	switch {
	case c == nil:
		w.clients[n] = w.begin()
	case rapid.IntRange(0, 5).Draw(w.T, "patience") == 0:
		w.giveUp(n)
	case c.event == nil:
		w.effect(c)
	default:
		w.answer(n, *c.event, c.began)
		w.clients[n] = nil
	}
}

func (w *world) begin() *call {
	c := &call{began: w.now, want: Created}
	if len(w.known) > 0 {
		c.want = rapid.SampledFrom([]Kind{Created, Created, CancelAccepted, RetryAccepted, Saw, Saw, Saw, Decided}).Draw(w.T, "want")
		c.job = rapid.SampledFrom(w.known).Draw(w.T, "job")
	}
	return c
}

// giveUp leaves a call without an answer, whether it took effect or not.
func (w *world) giveUp(n int) {
	c := w.clients[n]
	w.clients[n] = nil
	lost := map[Kind]Event{Created: {Kind: LostPost}, CancelAccepted: {Kind: LostCancel, Job: id(c.job)}}
	event, changes := lost[c.want]
	if !changes {
		return
	}
	w.history = append(w.history, Operation{Client: fmt.Sprint(n), Source: "forge", Call: moment(c.began), Event: event})
	if c.event == nil {
		w.givenUp = append(w.givenUp, *c)
	}
}

func moment(n int) time.Time { return time.Unix(int64(n), 0).UTC() }

func (w *world) answer(n int, event Event, began int) {
	w.history = append(w.history, Operation{
		Client: fmt.Sprint(n), Source: "forge", Call: moment(began), Return: moment(w.now), Event: event,
	})
	for job := range w.jobs {
		if id(job) == event.Job && !slices.Contains(w.known, job) {
			w.known = append(w.known, job)
		}
	}
}

// effect carries a call out.
func (w *world) effect(c *call) {
	if c.want == Created {
		c.event = w.post()
		return
	}
	is := w.jobs[c.job]
	event := Event{Kind: c.want, Job: id(c.job)}
	switch c.want {
	case CancelAccepted:
		switch is {
		case queued:
			w.jobs[c.job] = withdrawn
		case running:
			w.jobs[c.job] = stopping
		case stopping:
		default:
			event.Kind = CancelRefused
		}
	case RetryAccepted:
		if is&again == 0 {
			event.Kind = RetryRefused
		}
	case Saw:
		event.View = w.view(is)
	case Decided:
		event.Job = ""
		if w.find(running|stopping) >= 0 {
			return // refused, which says nothing
		}
	}
	c.event = &event
}

func (w *world) post() *Event {
	if job := w.find(queued); job >= 0 {
		return &Event{Kind: Coalesced, Job: id(job)}
	}
	w.jobs = append(w.jobs, queued)
	return &Event{Kind: Created, Job: id(len(w.jobs) - 1)}
}

// view is one of the views of a state.
func (w *world) view(is views) View {
	var all []View
	for _, status := range project.Statuses() {
		for _, begun := range []bool{false, true} {
			for _, asked := range []bool{false, true} {
				if v := (View{Status: status, Begun: begun, Asked: asked}); v.state() == is {
					all = append(all, v)
				}
			}
		}
	}
	return rapid.SampledFrom(all).Draw(w.T, "view")
}

// end gives up what is under way.
func (w *world) end() []Operation {
	for n, c := range w.clients {
		if c != nil {
			w.giveUp(n)
		}
	}
	return w.history
}

func TestWhatHappenedIsLinearizable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := world{T: t}
		for range rapid.IntRange(1, 120).Draw(t, "length") {
			w.step()
		}
		history := w.end()
		if got := decide(history, time.Minute); got != Linearizable {
			t.Fatalf("%s, though it happened:\n%v", got, texts(history))
		}
		at := moment(rapid.IntRange(0, w.now).Draw(t, "cut"))
		if got := decide(before(history, at), time.Minute); got != Linearizable {
			t.Fatalf("%s until %s, though it happened:\n%v", got, at, texts(before(history, at)))
		}
	})
}

// lies are what contradicts having seen a job in a state.
func (w *world) lies(job int) []Event {
	is := w.jobs[job]
	all := []Event{{Kind: Created, Job: id(job)}, {Kind: Saw, Job: id(job), View: View{Status: "succeeded"}}}
	before := map[views]views{running: queued | withdrawn, stopping: queued | withdrawn | running | succeeded | failed}[is]
	if is&ended != 0 {
		before = ^is
		all = append(all, Event{Kind: CancelAccepted, Job: id(job)})
		refused := map[bool]Kind{true: RetryRefused, false: RetryAccepted}[is&again != 0]
		all = append(all, Event{Kind: refused, Job: id(job)})
	}
	if is != queued {
		all = append(all, Event{Kind: Coalesced, Job: id(job)})
	}
	for v := queued; v != 0; v <<= 1 {
		if before&v != 0 {
			all = append(all, Event{Kind: Saw, Job: id(job), View: w.view(v)})
		}
	}
	return all
}

// lie has somebody see a job as it is, and then be told what cannot be.
func (w *world) lie() {
	liar := len(w.clients)
	job := rapid.SampledFrom(w.known).Draw(w.T, "about")
	w.now++
	w.answer(liar, Event{Kind: Saw, Job: id(job), View: w.view(w.jobs[job])}, w.now)
	w.now++
	w.answer(liar, rapid.SampledFrom(w.lies(job)).Draw(w.T, "lie"), w.now)
}

func TestOneLieBreaksAHistory(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := world{T: t}
		for len(w.known) == 0 {
			w.step()
		}
		for range rapid.IntRange(0, 80).Draw(t, "before") {
			w.step()
		}
		w.lie()
		for range rapid.IntRange(0, 40).Draw(t, "after") {
			w.step()
		}
		history := w.end()
		if got := decide(history, time.Minute); got != Broken {
			t.Fatalf("%s, with a lie in it:\n%v", got, texts(history))
		}
		around, excerpt := shrink(history)
		if decide(around, time.Minute) != Broken || decide(excerpt, time.Minute) != Broken {
			t.Fatalf("of a broken history the excerpt is not:\n%v\nall:\n%v", texts(excerpt), texts(history))
		}
		for i := range excerpt {
			fewer := slices.Delete(slices.Clone(excerpt), i, i+1)
			if reads(&excerpt[i], made(excerpt)) && decide(fewer, time.Minute) == Broken {
				t.Fatalf("the excerpt is as broken without its line %d:\n%v", i+1, texts(excerpt))
			}
		}
	})
}

func texts(operations []Operation) string {
	text := ""
	for i := range operations {
		text += operations[i].String() + "\n"
	}
	return text
}
