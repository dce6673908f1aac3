// Package takeover measures how long partitions stand still when their worker
// falls silent: from the last heartbeat that the database has of one worker to
// the claim of the next. It looks from outside, many times a second, because
// the tables keep only the latest heartbeat.
package takeover

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// lookEvery is far below what a takeover takes.
const lookEvery = 50 * time.Millisecond

// Watcher looks until it is stopped.
type Watcher struct {
	pool *pgxpool.Pool
	stop context.CancelFunc
	gone sync.WaitGroup
	// tracker belongs to the goroutine until it is gone.
	tracker tracker
}

// Watch begins to look.
func Watch(ctx context.Context, pool *pgxpool.Pool) *Watcher {
	ctx, stop := context.WithCancel(ctx)
	w := &Watcher{pool: pool, stop: stop, tracker: tracker{}}
	w.gone.Go(func() { w.watch(ctx) })
	return w
}

// Standstill is the time in which nobody worked on a partition.
type Standstill struct {
	Partition int64
	// From is the last heartbeat before it, by the database's clock.
	From time.Time
	For  time.Duration
}

// String is the standstill for a person.
func (s Standstill) String() string {
	return fmt.Sprintf("partition %d stood still for %s from %s", s.Partition, s.For.Round(time.Millisecond),
		s.From.UTC().Format("15:04:05.000"))
}

// Stop ends the watch and returns the standstills, the longest first.
func (w *Watcher) Stop() []Standstill {
	w.stop()
	w.gone.Wait()
	return w.tracker.standstills()
}

func (w *Watcher) watch(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		// What cannot be read now is read at the next look.
		if seen, err := w.look(ctx); err == nil {
			for _, p := range seen {
				w.tracker.see(p)
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// sighting is a partition at one moment.
type sighting struct {
	ID, Takeovers int64
	Running       bool
	HeartbeatAt   time.Time
}

func (w *Watcher) look(ctx context.Context) ([]sighting, error) {
	rows, err := w.pool.Query(ctx, `
		select id, takeovers, state = 'running' as running, heartbeat_at
		from sync_partitions
		where heartbeat_at is not null and (finished_at is null or finished_at > now() - interval '30 seconds')`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[sighting])
}

// tracker remembers each partition since it was first seen.
type tracker map[int64]*track

type track struct {
	takeovers int64
	// beat is the last heartbeat that was seen; silent is set while the
	// partition has been passed on and not claimed.
	beat   time.Time
	silent bool
	stood  []Standstill
}

// see compares a partition with what it was. A takeover raises the count and
// leaves the heartbeat; the claim that follows moves the heartbeat.
func (t tracker) see(p sighting) {
	known := t[p.ID]
	if known == nil {
		t[p.ID] = &track{takeovers: p.Takeovers, beat: p.HeartbeatAt}
		return
	}
	if p.Takeovers > known.takeovers {
		known.takeovers, known.silent = p.Takeovers, true
	}
	if !p.HeartbeatAt.After(known.beat) {
		return
	}
	if known.silent {
		known.stood = append(known.stood, Standstill{Partition: p.ID, From: known.beat, For: p.HeartbeatAt.Sub(known.beat)})
	}
	known.beat, known.silent = p.HeartbeatAt, false
}

func (t tracker) standstills() []Standstill {
	var all []Standstill
	for _, known := range t {
		all = append(all, known.stood...)
	}
	slices.SortFunc(all, func(a, b Standstill) int { return int(b.For - a.For) })
	return all
}
