package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"holdfast/chaos/history"
	"holdfast/chaos/journal"
	"holdfast/chaos/schedule"
	"holdfast/chaos/workload"
)

// life is the workload of a run.
type life struct {
	clients  []*workload.Client
	journals []*journal.Journal
	history  *history.Recorder

	stop context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex
	changed map[string]int
	errs    []error
}

// begin lets clients and sources live.
func (s *stage) begin(ctx context.Context) (*life, error) {
	ctx, stop := context.WithCancel(ctx)
	l := &life{stop: stop, changed: map[string]int{}, history: &history.Recorder{}}
	promised := &workload.Promised{}
	sources := make([]string, len(s.system.Forges))
	for i := range sources {
		sources[i] = sourceName(i)
	}
	for i := range s.load.clients {
		name := fmt.Sprintf("client-%d", i+1)
		j, err := s.openJournal(name)
		if err != nil {
			stop()
			return nil, err
		}
		l.journals = append(l.journals, j)
		c := workload.NewClient(name, s.seed, sources, j, s.addresses)
		c.History, c.Promised = l.history, promised
		l.clients = append(l.clients, c)
	}
	for i, c := range l.clients {
		if s.recovery {
			l.work.Go(func() { l.failed(c.KeepListing(ctx, sourceName(i))) })
		} else {
			l.work.Go(func() { l.failed(c.Live(ctx)) })
		}
	}
	for i, forge := range s.system.Forges {
		mutator := workload.NewMutator(forge, s.seed, uint64(i))
		l.work.Go(func() {
			changed, err := mutator.Live(ctx)
			l.failed(err)
			l.count(changed)
		})
	}
	return l, nil
}

// addresses are those of the APIs at this moment.
func (s *stage) addresses() []string {
	list := make([]string, len(s.system.Fleet.APIs))
	for i, slot := range s.system.Fleet.APIs {
		list[i] = slot.Address()
	}
	return list
}

func (l *life) failed(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errs = append(l.errs, err)
}

func (l *life) count(changed map[string]int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for what, n := range changed {
		l.changed[what] += n
	}
}

// end lets clients finish what they are doing, and sources stand still.
func (l *life) end(r *report) error {
	l.stop()
	l.work.Wait()
	for _, c := range l.clients {
		for what, n := range c.Asked() {
			r.deeds[what] += n
		}
	}
	for what, n := range l.changed {
		r.deeds["source_"+what] += n
	}
	return errors.Join(l.errs...)
}

// strikeAll injects the strikes at their moments and waits until all are over.
// They overlap, as faults do.
func (s *stage) strikeAll(ctx context.Context, strikes []schedule.Strike, r *report, progress io.Writer) {
	begun := time.Now()
	var work sync.WaitGroup
	defer work.Wait()
	for _, planned := range strikes {
		select {
		case <-time.After(time.Until(begun.Add(planned.At))):
		case <-ctx.Done():
			return
		}
		work.Go(func() {
			struck := time.Now()
			hits, err := s.system.Strike(ctx, planned)
			r.struck(planned.Kind, hits)
			fmt.Fprintf(progress, "%s to %s  %-20s %s\n", clock(struck), clock(time.Now()), planned.Kind, outcome(planned, hits, err))
		})
	}
}

// missedRounds is how often faults that found nothing to hit are injected again.
const missedRounds = 2

// strikeMissed injects those again that never hit: in a short run, another fault
// may have kept everything away from what they were to spoil.
func (s *stage) strikeMissed(ctx context.Context, r *report, progress io.Writer) {
	for round := range uint64(missedRounds) {
		s.strikeAll(ctx, schedule.Each(s.seed+round, r.neverHit()), r, progress)
	}
}

// clock is a moment as the database's timelines show it.
func clock(t time.Time) string { return t.UTC().Format("15:04:05.000") }

func outcome(planned schedule.Strike, hits int, err error) string {
	text := fmt.Sprintf("hit %d", hits)
	if planned.Lasts > 0 {
		text += fmt.Sprintf(" for %s", planned.Lasts.Round(100*time.Millisecond))
	}
	if err != nil {
		text += ": " + err.Error()
	}
	return text
}
