package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast/chaos/recovery"
	"holdfast/chaos/schedule"
	"holdfast/chaos/strike"
)

// Two measurements go without a fault of their own.
const (
	// nothing is the first: it shows how steady the load is, and so what the
	// others can be trusted to tell.
	nothing schedule.Kind = "nothing"
	// everything is the last, and is compared with the throughput before the
	// first fault: each could have left a loss too small to be seen.
	everything schedule.Kind = "everything"
)

// measureTimes is how often a fault is measured at most: again when the first
// time did not hit or showed too little, for the machine may have been busy.
const measureTimes = 2

// measurement is one fault and the throughput around it.
type measurement struct {
	recovery.Figures

	strike schedule.Strike
	hits   int
	fault  recovery.Fault
}

// good reports whether it shows what is wanted.
func (m *measurement) good() bool { return m.hits > 0 && m.Recovered() }

// recoverFromAll injects one fault after the other and measures each.
func (s *stage) recoverFromAll(ctx context.Context, r *report, progress io.Writer) error {
	if err := s.warmUp(ctx); err != nil {
		return err
	}
	strikes := slices.Concat([]schedule.Strike{{Kind: nothing}}, schedule.Each(s.seed, s.kinds()), []schedule.Strike{{Kind: everything}})
	for _, planned := range strikes {
		for range measureTimes {
			m, err := s.recoverFrom(ctx, planned)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if planned.Kind == everything {
				m.Before = r.recoveries[0].Before
			}
			r.struck(planned.Kind, m.hits)
			r.recoveries = append(r.recoveries, m)
			fmt.Fprintf(progress, "%s to %s  %-20s %s  %s\n", clock(m.fault.Struck), clock(m.fault.Healed), planned.Kind,
				outcome(planned, m.hits, err), m.figures())
			if m.good() {
				break
			}
		}
	}
	return nil
}

// warmUp waits until every source has been listed once: the first listing
// writes every row, the others hardly any.
func (s *stage) warmUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	for {
		var listed int
		err := s.system.Pool.QueryRow(ctx, "select count(distinct source) from sync_jobs where status = 'succeeded'").Scan(&listed)
		if err == nil && listed == s.load.forges {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%d of %d sources were listed before the first fault: %w", listed, s.load.forges, errors.Join(ctx.Err(), err))
		}
	}
}

// recoverFrom measures one fault. What the error says is that it did not hit,
// or that nobody knows what it did.
func (s *stage) recoverFrom(ctx context.Context, planned schedule.Strike) (measurement, error) {
	m := measurement{strike: planned}
	ready, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	if err := s.system.Fleet.Ready(ready); err != nil {
		return m, err
	}
	pause(ctx, recovery.Span)
	m.fault.Struck = time.Now()
	hits, err := s.strikeSteady(ctx, planned)
	m.fault.Healed = time.Now()
	m.hits = hits
	pause(ctx, recovery.Grace+recovery.Span)
	commits, readErr := s.commits(ctx, m.fault)
	m.Figures = recovery.Measure(commits, m.fault)
	return m, errors.Join(err, readErr)
}

// strikeSteady injects a fault. One of the sources hits all of them at once:
// the throughput of one alone is an eighth.
func (s *stage) strikeSteady(ctx context.Context, planned schedule.Strike) (int, error) {
	switch {
	case planned.Kind == nothing, planned.Kind == everything:
		return 1, nil
	case !planned.Kind.OfSources():
		return s.system.Strike(ctx, planned)
	}
	hits, errs := make([]int, len(s.system.Forges)), make([]error, len(s.system.Forges))
	var work sync.WaitGroup
	for i := range s.system.Forges {
		work.Go(func() {
			var one *strike.System
			if one, errs[i] = strike.NewSystem(s.system.Fleet, s.system.Cluster, s.system.Pool, s.system.Forges[i:i+1]); errs[i] == nil {
				hits[i], errs[i] = one.Strike(ctx, planned)
			}
		})
	}
	work.Wait()
	sum := 0
	for i, n := range hits {
		if n == 0 {
			return 0, fmt.Errorf("%s was not hit: %w", sourceName(i), errors.Join(errs...))
		}
		sum += n
	}
	return sum, nil
}

// commits are the moments at which pages were committed around a fault. They
// are on the server's clock, which is that of this machine.
func (s *stage) commits(ctx context.Context, fault recovery.Fault) ([]time.Time, error) {
	rows, err := s.system.Pool.Query(ctx, `
		select at from (select pg_xact_commit_timestamp(xmin) as at from sync_pages) pages where at between $1 and $2`,
		fault.From(), fault.Until())
	if err != nil {
		return nil, fmt.Errorf("read when pages were committed: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[time.Time])
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
