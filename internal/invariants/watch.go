package invariants

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// watchEvery is the pause between two looks; a table that takes long to read is
// looked at less often.
const watchEvery = 100 * time.Millisecond

// Observer looks at a database in the background and remembers what it saw.
type Observer struct {
	pool *pgxpool.Pool
	stop context.CancelFunc
	gone sync.WaitGroup

	// The fields below looks belong to the goroutine until it is gone.
	looks      atomic.Int64
	rows       map[int64]rowSeen
	partitions map[int64]partitionSeen
	ended      map[string]string
	idle       bool
	found      map[string]*Violation
}

// rowSeen is a row of the table projects as it was seen last.
type rowSeen struct {
	changedAt time.Time
	hash      []byte
	look      int64
}

// partitionSeen is how far a partition was when it was seen last.
type partitionSeen struct{ epoch, pageNo int64 }

// Watch begins to look. The caller ends it with Stop, before the pool is closed.
func Watch(ctx context.Context, pool *pgxpool.Pool, options ...WatchOption) *Observer {
	ctx, cancel := context.WithCancel(ctx)
	o := &Observer{
		pool: pool, stop: cancel, rows: map[int64]rowSeen{}, partitions: map[int64]partitionSeen{},
		ended: map[string]string{}, idle: true, found: map[string]*Violation{},
	}
	for _, option := range options {
		option(o)
	}
	o.gone.Go(func() { o.watch(ctx) })
	return o
}

// WatchOption changes what an observer looks for.
type WatchOption func(*Observer)

// StoppedProcesses keeps the observer from complaining of sessions that are
// idle in a transaction: those of a process that is stopped in the middle of
// one stay so until Postgres ends them, a few seconds later.
func StoppedProcesses() WatchOption {
	return func(o *Observer) { o.idle = false }
}

// Stop ends the observation and returns what was found. A database that could
// not be asked for a while, because it was stopped, is no violation.
func (o *Observer) Stop() []Violation {
	o.stop()
	o.gone.Wait()
	all := make([]Violation, 0, len(o.found))
	for _, v := range o.found {
		all = append(all, *v)
	}
	return all
}

// Looks returns how often the database was looked at. It may be called at any time.
func (o *Observer) Looks() int { return int(o.looks.Load()) }

func (o *Observer) watch(ctx context.Context) {
	for ctx.Err() == nil {
		begun := time.Now()
		// What cannot be read now is read at the next look.
		if o.look(ctx) == nil {
			o.looks.Add(1)
		}
		pause := time.NewTimer(max(watchEvery, 10*time.Since(begun)))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
		}
	}
}

// look compares the database with what it was at the last look. The ledger is
// read before the partitions: whatever is in it now and was not counted then
// was committed after the epochs of then were seen.
func (o *Observer) look(ctx context.Context) error {
	for _, part := range []func(context.Context) error{
		o.lookAtPages, o.lookAtPartitions, o.lookAtJobs, o.lookAtRows, o.lookAtSessions,
	} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (o *Observer) violation(invariant, sentence, row string) {
	if o.found[sentence] == nil {
		o.found[sentence] = &Violation{Invariant: invariant, Rule: sentence}
	}
	show(o.found[sentence], row)
}

// lookAtRows finds rows that vanished or went back.
func (o *Observer) lookAtRows(ctx context.Context) error {
	rows, err := o.pool.Query(ctx, "select id, last_changed_at, content_hash from projects")
	if err != nil {
		return err
	}
	look := o.looks.Load() + 1
	var id int64
	var changedAt time.Time
	var hash []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &changedAt, &hash}, func() error {
		before, known := o.rows[id]
		older := changedAt.Before(before.changedAt)
		rewritten := changedAt.Equal(before.changedAt) && !bytes.Equal(hash, before.hash)
		if known && (older || rewritten) {
			o.violation("I7", "a row never goes back to an older version",
				fmt.Sprintf("row %d: changed %s, before that %s", id, changedAt, before.changedAt))
		}
		o.rows[id] = rowSeen{changedAt: changedAt, hash: bytes.Clone(hash), look: look}
		return nil
	})
	if err != nil {
		return err
	}
	for id, row := range o.rows {
		if row.look != look {
			o.violation("I7", "a row that was seen never vanishes", fmt.Sprintf("row %d is gone", id))
			delete(o.rows, id)
		}
	}
	return nil
}

// lookAtPages finds pages that were committed, since the last look, under an
// epoch older than the one seen then.
func (o *Observer) lookAtPages(ctx context.Context) error {
	rows, err := o.pool.Query(ctx, "select partition_id, page_no, epoch from sync_pages")
	if err != nil {
		return err
	}
	var partition, pageNo, epoch int64
	_, err = pgx.ForEachRow(rows, []any{&partition, &pageNo, &epoch}, func() error {
		before, known := o.partitions[partition]
		if known && pageNo > before.pageNo && epoch < before.epoch {
			o.violation("I9", "nothing commits under an epoch that is not current",
				fmt.Sprintf("partition %d: page %d came with epoch %d when %d was current", partition, pageNo, epoch, before.epoch))
		}
		return nil
	})
	return err
}

// lookAtPartitions remembers how far the partitions are.
func (o *Observer) lookAtPartitions(ctx context.Context) error {
	rows, err := o.pool.Query(ctx, "select id, epoch, page_no from sync_partitions")
	if err != nil {
		return err
	}
	var id int64
	var now partitionSeen
	_, err = pgx.ForEachRow(rows, []any{&id, &now.epoch, &now.pageNo}, func() error {
		if before := o.partitions[id]; now.epoch < before.epoch || now.pageNo < before.pageNo {
			o.violation("I9", "epoch and pages of a partition never fall",
				fmt.Sprintf("partition %d: epoch %d to %d, pages %d to %d", id, before.epoch, now.epoch, before.pageNo, now.pageNo))
		}
		o.partitions[id] = now
		return nil
	})
	return err
}

// lookAtJobs finds jobs that left their terminal state.
func (o *Observer) lookAtJobs(ctx context.Context) error {
	rows, err := o.pool.Query(ctx, "select id, concat_ws(', ', status, phase, finished_at, started_at, receipt, error) from sync_jobs"+
		" where finished_at is not null")
	if err != nil {
		return err
	}
	now := make(map[string]string, len(o.ended))
	var id, end string
	if _, err = pgx.ForEachRow(rows, []any{&id, &end}, func() error { now[id] = end; return nil }); err != nil {
		return err
	}
	for id, before := range o.ended {
		if now[id] != before {
			o.violation("I11", "a terminal state is written once and never left", fmt.Sprintf("job %s: %s became %s", id, before, now[id]))
		}
	}
	o.ended = now
	return nil
}

// lookAtSessions applies the rules about sessions, which hold at every moment.
func (o *Observer) lookAtSessions(ctx context.Context) error {
	if !o.idle {
		return nil
	}
	for _, r := range sessionRules() {
		v, err := r.apply(ctx, o.pool)
		if err != nil {
			return err
		}
		for _, row := range v.Rows {
			o.violation(v.Invariant, v.Rule, row)
		}
	}
	return nil
}
