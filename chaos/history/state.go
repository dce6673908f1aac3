package history

// views is a set of the states in which a job may be seen; none is the set of a
// job that does not exist.
type views uint8

// The states of a job, as in the package comment.
const (
	queued views = 1 << iota
	running
	stopping
	succeeded
	failed
	failedStopping
	cancelled
	withdrawn

	ended = succeeded | failed | failedStopping | cancelled | withdrawn
	again = failed | failedStopping | cancelled | withdrawn // may be retried
)

// state is the state of a source, and whatever may follow from it unseen.
// States are compared and copied all the time: this one is comparable with ==,
// and a move copies one byte for each job at most.
type state struct {
	// jobs has for each job, by its number, the views that it may show.
	jobs string
	// running is the running slot, next the queue place.
	running, next place
	// lostPosts is how many POSTs without an answer may still be carried out.
	lostPosts int
}

// place holds a job, by its number, or nobody.
type place struct {
	job int
	// lostCancel says that a cancel of this job without an answer may still be
	// carried out.
	lostCancel bool
}

// nobody is the job of a place that is free.
const nobody = -1

func free() place { return place{job: nobody} }

// initial is a source without any of so many jobs.
func initial(jobs int) state {
	return state{jobs: string(make([]byte, jobs)), running: free(), next: free()}
}

func (s state) may(job int) views { return views(s.jobs[job]) }

func (s state) set(job int, v views) state {
	jobs := []byte(s.jobs)
	jobs[job] = byte(v)
	s.jobs = string(jobs)
	return s
}

// The moves. Those that need a job in a place must not be asked for without.

// enqueue takes the queue place, which is free.
func (s state) enqueue(job int) state {
	s.next = place{job: job}
	return s.set(job, queued)
}

// begin lets the queued job take the slot, from which the running one is gone.
func (s state) begin() state {
	s = s.end()
	s.running, s.next = s.next, free()
	return s.set(s.running.job, running)
}

// end ends the running job, if there is one, in a way that is not yet known.
func (s state) end() state {
	slot := s.running
	if slot.job == nobody {
		return s
	}
	s.running = free()
	how := succeeded | failed
	switch {
	case s.may(slot.job) == stopping:
		how = failedStopping | cancelled
	case slot.lostCancel:
		how |= failedStopping | cancelled
	}
	return s.set(slot.job, how)
}

// stop marks the wish to cancel the running job.
func (s state) stop() state {
	s.running.lostCancel = false
	return s.set(s.running.job, stopping)
}

// withdraw cancels the queued job.
func (s state) withdraw() state {
	job := s.next.job
	s.next = free()
	return s.set(job, withdrawn)
}
