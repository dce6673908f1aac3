package history

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// Verdict is what the search found.
type Verdict string

// The verdicts.
const (
	// Linearizable: there is an order.
	Linearizable Verdict = "linearizable"
	// Broken: there is none.
	Broken Verdict = "broken"
	// Undecided: the search took too long.
	Undecided Verdict = "not decided"
)

// Result is the verdict on the history of one source.
type Result struct {
	Source     string
	Operations int
	Verdict    Verdict
	// Excerpt are operations that contradict each other, of a source that is
	// broken: if any more is left out, the rest does not.
	Excerpt []Operation

	// around are the operations of the jobs concerned.
	around []Operation
}

// Check searches an order of the operations of each source, for as long as the
// limit at most.
func Check(operations []Operation, limit time.Duration) []Result {
	sources := map[string][]Operation{}
	for _, o := range operations {
		sources[o.Source] = append(sources[o.Source], o)
	}
	results := make([]Result, 0, len(sources))
	for _, source := range slices.Sorted(maps.Keys(sources)) {
		result := Result{Source: source, Operations: len(sources[source]), Verdict: decide(sources[source], limit)}
		if result.Verdict == Broken {
			result.around, result.Excerpt = shrink(sources[source])
		}
		results = append(results, result)
	}
	return results
}

// decide searches an order of the operations of one source.
func decide(operations []Operation, limit time.Duration) Verdict {
	h := number(operations)
	switch porcupine.CheckOperationsTimeout(h.model(), h.operations(), limit) {
	case porcupine.Ok:
		return Linearizable
	case porcupine.Illegal:
		return Broken
	default:
		return Undecided
	}
}

// Draw writes a page for a browser that shows the operations of the jobs in the
// excerpt, and how far the search came.
func (r *Result) Draw(w io.Writer) error {
	h := number(r.around)
	_, info := porcupine.CheckOperationsVerbose(h.model(), h.operations(), shrinkTime)
	if err := porcupine.Visualize(h.model(), info, w); err != nil {
		return fmt.Errorf("draw the history of %s: %w", r.Source, err)
	}
	return nil
}

// numbered is the history of one source, with numbers for its jobs.
type numbered struct {
	all  []Operation
	jobs []string
	of   map[string]int
}

func number(operations []Operation) numbered {
	h := numbered{all: slices.Clone(operations), of: map[string]int{}}
	slices.SortStableFunc(h.all, func(a, b Operation) int { return a.Call.Compare(b.Call) })
	for i := range h.all {
		o := &h.all[i]
		if _, known := h.of[o.Job]; !known && o.ofJob() {
			h.of[o.Job] = len(h.jobs)
			h.jobs = append(h.jobs, o.Job)
		}
	}
	return h
}

// operations are what porcupine searches an order of. Operations that are lost
// return at their call: see the package comment.
func (h *numbered) operations() []porcupine.Operation {
	lanes := lanes(h.all)
	searched := make([]porcupine.Operation, len(h.all))
	for i := range h.all {
		o := &h.all[i]
		call := int64(o.Call.Sub(h.all[0].Call))
		searched[i] = porcupine.Operation{ClientId: lanes[i], Input: o, Call: call, Return: call}
		if !o.lost() {
			searched[i].Return = int64(o.Return.Sub(h.all[0].Call))
		}
	}
	return searched
}

// lanes gives each operation a row to be drawn in: what one answer says is
// several operations of the same time.
func lanes(operations []Operation) []int {
	type lane struct {
		client string
		kind   Kind
	}
	of := func(o *Operation) lane { return lane{o.Client, o.Kind} }
	rows := map[lane]int{}
	for i := range operations {
		rows[of(&operations[i])] = 0
	}
	order := slices.SortedFunc(maps.Keys(rows), func(a, b lane) int {
		return cmp.Or(cmp.Compare(a.client, b.client), cmp.Compare(a.kind, b.kind))
	})
	for i, l := range order {
		rows[l] = i
	}
	numbers := make([]int, len(operations))
	for i := range operations {
		numbers[i] = rows[of(&operations[i])]
	}
	return numbers
}
