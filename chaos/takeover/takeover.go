// Package takeover measures how long partitions stand still when their worker
// falls silent: from the last heartbeat that the database has of one worker to
// the claim of the next. It looks from outside, many times a second, because
// the tables keep only the latest heartbeat. The server's clock may jump: what
// is measured is the time of this process, into which every look translates.
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
	w := &Watcher{pool: pool, stop: stop, tracker: tracker{seen: map[int64]*track{}}}
	w.gone.Go(func() { w.watch(ctx) })
	return w
}

// Standstill is the time in which nobody worked on a partition.
type Standstill struct {
	Partition int64
	// From is the last heartbeat before it.
	From time.Time
	For  time.Duration
}

// String is the standstill for a person.
func (s Standstill) String() string {
	return fmt.Sprintf("partition %d stood still for %s from %s", s.Partition, s.For.Round(time.Millisecond),
		s.From.UTC().Format("15:04:05.000"))
}

// Stop ends the watch and returns the standstills, the longest first, and how
// many more there were that could not be measured, because the clock jumped.
func (w *Watcher) Stop() (measured []Standstill, unclear int) {
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
			w.tracker.look(time.Now(), seen)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// sighting is a partition at one moment of the server's clock.
type sighting struct {
	Now           time.Time
	ID, Takeovers int64
	HeartbeatAt   time.Time
}

func (w *Watcher) look(ctx context.Context) ([]sighting, error) {
	rows, err := w.pool.Query(ctx, `
		select clock_timestamp(), id, takeovers, heartbeat_at
		from sync_partitions
		where heartbeat_at is not null and (finished_at is null or finished_at > now() - interval '30 seconds')`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[sighting])
}

// tracker remembers each partition since it was first seen.
type tracker struct {
	seen map[int64]*track
	// ahead is how far the server's clock was ahead at the last look.
	ahead time.Duration
}

type track struct {
	takeovers int64
	// stamp is the last heartbeat as the database has it, beat the same by the
	// clock of this process.
	stamp, beat time.Time
	// unclear says that the clock jumped about the time of that heartbeat.
	unclear bool
	// silent is set while the partition has been passed on and not claimed.
	silent bool
	stood  []Standstill
	lost   int
}

// jump is more than a look takes to be answered, and less than clocks jump.
const jump = time.Second

// look notes what there was to see at a moment of this process's clock.
func (t *tracker) look(now time.Time, seen []sighting) {
	if len(seen) == 0 {
		return
	}
	ahead := seen[0].Now.Sub(now)
	jumped := (ahead - t.ahead).Abs() > jump
	if jumped {
		t.ahead = ahead
	}
	for _, p := range seen {
		t.see(p, jumped)
	}
}

// see compares a partition with what it was. A takeover raises the count and
// leaves the heartbeat; the claim that follows moves the heartbeat. So does
// whoever moves heartbeats back that lie ahead of a clock that was set back:
// from such a one nothing can be measured.
func (t *tracker) see(p sighting, jumped bool) {
	beat := p.HeartbeatAt.Add(-t.ahead)
	known := t.seen[p.ID]
	if known == nil {
		t.seen[p.ID] = &track{takeovers: p.Takeovers, stamp: p.HeartbeatAt, beat: beat, unclear: jumped}
		return
	}
	if p.Takeovers > known.takeovers {
		known.takeovers, known.silent = p.Takeovers, true
	}
	if p.HeartbeatAt.Equal(known.stamp) {
		return
	}
	unclear := jumped || p.HeartbeatAt.Before(known.stamp)
	switch {
	case known.silent && (unclear || known.unclear):
		known.lost++
	case known.silent:
		known.stood = append(known.stood, Standstill{Partition: p.ID, From: known.beat, For: beat.Sub(known.beat)})
	}
	known.stamp, known.beat, known.unclear, known.silent = p.HeartbeatAt, beat, unclear, false
}

func (t *tracker) standstills() (measured []Standstill, unclear int) {
	for _, known := range t.seen {
		measured = append(measured, known.stood...)
		unclear += known.lost
	}
	slices.SortFunc(measured, func(a, b Standstill) int { return int(b.For - a.For) })
	return measured, unclear
}
