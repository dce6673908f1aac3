package history

import "holdfast/internal/project"

// step is an operation as the model takes it.
type step struct {
	kind Kind
	job  int
	// shows are the views that the job was in one of, for what only tells of it.
	shows views
}

// shows are the views that the event says the job was in one of; none if no
// job can be as it says.
func (e Event) shows() views {
	switch e.Kind {
	case CancelRefused:
		return ended
	case RetryAccepted:
		return again
	case RetryRefused:
		return queued | running | stopping | succeeded
	case Saw:
		return e.View.state()
	default:
		return 0
	}
}

// state is the state that a client sees.
func (v View) state() views {
	states := map[View]views{
		{Status: project.Queued}:                               queued,
		{Status: project.Waiting}:                              queued,
		{Status: project.Waiting, Begun: true}:                 running,
		{Status: project.Running, Begun: true}:                 running,
		{Status: project.Waiting, Begun: true, Asked: true}:    stopping,
		{Status: project.Running, Begun: true, Asked: true}:    stopping,
		{Status: project.Succeeded, Begun: true}:               succeeded,
		{Status: project.Failed, Begun: true}:                  failed,
		{Status: project.Failed, Begun: true, Asked: true}:     failedStopping,
		{Status: project.Cancelled, Begun: true, Asked: true}:  cancelled,
		{Status: project.Cancelled, Begun: false, Asked: true}: withdrawn,
	}
	return states[v]
}

// after returns the states that a source can be in after the operation, none
// if it cannot have happened.
func (s state) after(o step) []state {
	switch o.kind {
	case Created:
		return s.created(o.job)
	case Coalesced:
		return s.coalesced(o.job)
	case LostPost:
		s.lostPosts++
		return []state{s}
	case CancelAccepted:
		return s.cancelled(o.job)
	case LostCancel:
		return []state{s.cancelLost(o.job)}
	case Decided:
		return []state{s.end()}
	default:
		return s.seen(o.job, o.shows)
	}
}

func (s state) created(job int) []state {
	if s.may(job) != 0 {
		return nil
	}
	after := s.freeQueue()
	for i := range after {
		after[i] = after[i].enqueue(job)
	}
	return after
}

// coalesced is also how a job first shows that a POST without an answer made.
func (s state) coalesced(job int) []state {
	if s.next.job == job {
		return []state{s}
	}
	if s.lostPosts == 0 {
		return nil
	}
	s.lostPosts--
	return s.created(job)
}

// freeQueue are the ways in which the queue place may have become free.
func (s state) freeQueue() []state {
	if s.next.job == nobody {
		return []state{s}
	}
	ways := []state{s.begin()}
	if s.next.lostCancel {
		ways = append(ways, s.withdraw())
	}
	return ways
}

func (s state) cancelled(job int) []state {
	switch job {
	case s.running.job:
		return []state{s.stop()}
	case s.next.job:
		return []state{s.withdraw(), s.begin().stop()}
	default:
		return nil
	}
}

func (s state) cancelLost(job int) state {
	switch job {
	case s.running.job:
		s.running.lostCancel = s.may(job) == running
	case s.next.job:
		s.next.lostCancel = true
	}
	return s
}

// seen is a job in one of the states that are shown.
func (s state) seen(job int, shown views) []state {
	if may := s.may(job) & shown; may != 0 {
		if s.may(job)&ended != 0 {
			s = s.set(job, may)
		}
		return []state{s}
	}
	var after []state
	switch job {
	case s.running.job:
		if s.running.lostCancel && shown&stopping != 0 {
			after = append(after, s.stop())
		}
		if over := s.end(); over.may(job)&shown != 0 {
			after = append(after, over.set(job, over.may(job)&shown))
		}
	case s.next.job:
		if s.next.lostCancel && shown&withdrawn != 0 {
			after = append(after, s.withdraw())
		}
		after = append(after, s.begin().seen(job, shown)...)
	}
	return after
}
