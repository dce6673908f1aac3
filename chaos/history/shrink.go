package history

import (
	"slices"
	"time"
)

// shrinkTime bounds the search for an excerpt, and each check in it: a larger
// excerpt than necessary is better than none.
const shrinkTime = 20 * time.Second

// shrink finds operations that contradict each other among those of a source,
// and all operations of the jobs concerned up to that moment.
//
// It leaves out only what cannot make a contradiction by its absence: what
// comes later, all that is told of one job, for without it the others only have
// more room, and what tells of a state without changing it. A lost cancel stays:
// it shows that it is no excuse.
func shrink(operations []Operation) (around, excerpt []Operation) {
	s := shrinker{until: time.Now().Add(shrinkTime)}
	around = s.leaveOutJobs(s.cut(number(operations).all))
	return around, s.leaveOutReads(around)
}

type shrinker struct{ until time.Time }

// broken reports whether operations are known to contradict each other.
func (s *shrinker) broken(operations []Operation) bool {
	left := time.Until(s.until)
	return left > 0 && decide(operations, left) == Broken
}

// cut ends a history with the first answer that makes it broken.
func (s *shrinker) cut(operations []Operation) []Operation {
	var answers []time.Time
	for i := range operations {
		if !operations[i].lost() {
			answers = append(answers, operations[i].Return)
		}
	}
	slices.SortFunc(answers, time.Time.Compare)
	first, _ := slices.BinarySearchFunc(answers, true, func(at time.Time, want bool) int {
		if s.broken(before(operations, at)) == want {
			return 0
		}
		return -1
	})
	if first == len(answers) {
		return operations // time is up
	}
	return before(operations, answers[first])
}

// before is what a history was at that moment: what was under way has an
// unknown outcome.
func before(operations []Operation, at time.Time) []Operation {
	kept := make([]Operation, 0, len(operations))
	for _, o := range operations {
		switch {
		case o.Call.After(at):
			continue
		case o.lost() || !o.Return.After(at):
		case o.Kind == Created || o.Kind == Coalesced:
			o.Event = Event{Kind: LostPost}
		case o.Kind == CancelAccepted:
			o.Event = Event{Kind: LostCancel, Job: o.Job}
		default:
			continue
		}
		kept = append(kept, o)
	}
	return kept
}

// leaveOutJobs leaves out the jobs that have no part in it.
func (s *shrinker) leaveOutJobs(operations []Operation) []Operation {
	jobs := number(operations).jobs
	jobs = reduce(jobs, func(kept []string) bool { return s.broken(about(operations, kept)) })
	return about(operations, jobs)
}

// about is what is told of these jobs, and of none.
func about(operations []Operation, jobs []string) []Operation {
	kept := slices.DeleteFunc(slices.Clone(operations), func(o Operation) bool {
		return o.ofJob() && !slices.Contains(jobs, o.Job)
	})
	return withoutIdle(kept)
}

// withoutIdle leaves lost POSTs out when no job needs one to have been made.
func withoutIdle(operations []Operation) []Operation {
	made := made(operations)
	if slices.ContainsFunc(operations, func(o Operation) bool { return o.Kind == Coalesced && !made[o.Job] }) {
		return operations
	}
	return slices.DeleteFunc(operations, func(o Operation) bool { return o.Kind == LostPost })
}

// made has the jobs of which it is known what made them.
func made(operations []Operation) map[string]bool {
	jobs := map[string]bool{}
	for i := range operations {
		if operations[i].Kind == Created {
			jobs[operations[i].Job] = true
		}
	}
	return jobs
}

// reads reports whether an operation only tells of a state.
func reads(o *Operation, made map[string]bool) bool {
	switch o.Kind {
	case CancelRefused, RetryAccepted, RetryRefused, Saw, Decided:
		return true
	case Coalesced:
		return made[o.Job]
	default:
		return false
	}
}

// leaveOutReads leaves out single operations that changed nothing.
func (s *shrinker) leaveOutReads(operations []Operation) []Operation {
	made := made(operations)
	var reading, writing []int
	for i := range operations {
		if reads(&operations[i], made) {
			reading = append(reading, i)
		} else {
			writing = append(writing, i)
		}
	}
	with := func(reading []int) []Operation {
		kept := make([]Operation, 0, len(operations))
		for _, i := range slices.Sorted(slices.Values(slices.Concat(writing, reading))) {
			kept = append(kept, operations[i])
		}
		return kept
	}
	return with(reduce(reading, func(kept []int) bool { return s.broken(with(kept)) }))
}

// reduce leaves elements out, half of them at a time and in the end one by one,
// as long as enough are left.
func reduce[T any](all []T, enough func([]T) bool) []T {
	for size := (len(all) + 1) / 2; size > 0; size /= 2 {
		for from := 0; from < len(all); {
			fewer := slices.Concat(all[:from], all[min(from+size, len(all)):])
			if enough(fewer) {
				all = fewer
			} else {
				from += size
			}
		}
	}
	return all
}
