package history

import (
	"fmt"
	"hash/maphash"
	"strings"

	"github.com/anishathalye/porcupine"
)

// model is the model of one source for porcupine, which follows all states
// that a source can be in at a time.
func (h *numbered) model() porcupine.Model {
	seed := maphash.MakeSeed()
	model := porcupine.NondeterministicModel{
		Init: func() []any { return []any{initial(len(h.jobs))} },
		Step: func(of, input, _ any) []any {
			s, o := of.(state), input.(*Operation) //nolint:forcetypeassert // what Init and operations give
			after := s.after(step{kind: o.Kind, job: h.of[o.Job], shows: o.shows()})
			boxed := make([]any, len(after))
			for i := range after {
				boxed[i] = after[i]
			}
			return boxed
		},
		Hash: func(of any) uint64 { return maphash.Comparable(seed, of) },
		DescribeOperation: func(input, _ any) string {
			return input.(*Operation).String() //nolint:forcetypeassert // what operations gives
		},
		DescribeState: func(of any) string { return h.describe(of.(state)) }, //nolint:forcetypeassert // what Init gives
	}
	return model.ToModel()
}

// describe is a state in words.
func (h *numbered) describe(s state) string {
	parts := []string{"slot " + h.in(s.running), "queue " + h.in(s.next)}
	for i, id := range h.jobs {
		if s.may(i)&ended != 0 {
			parts = append(parts, id+" "+s.may(i).String())
		}
	}
	if s.lostPosts > 0 {
		parts = append(parts, fmt.Sprintf("lost POSTs %d", s.lostPosts))
	}
	return strings.Join(parts, "; ")
}

func (h *numbered) in(p place) string {
	switch {
	case p.job == nobody:
		return "free"
	case p.lostCancel:
		return h.jobs[p.job] + " (perhaps to be cancelled)"
	default:
		return h.jobs[p.job]
	}
}

// String lists the states of a set.
func (v views) String() string {
	names := []string{"queued", "running", "stopping", "succeeded", "failed", "failed though stopping", "cancelled", "withdrawn"}
	var in []string
	for i, name := range names {
		if v&(1<<i) != 0 {
			in = append(in, name)
		}
	}
	return strings.Join(in, " or ")
}
