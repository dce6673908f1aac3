package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast/internal/project"
	"holdfast/internal/store/db"
)

var (
	// ErrKeyBound is returned for an idempotency key that is bound already.
	ErrKeyBound = errors.New("the idempotency key is bound")
	// ErrKeyLocked is returned for an idempotency key that another transaction
	// has bound and not committed.
	ErrKeyLocked = errors.New("the idempotency key is being bound")
)

// KeyBinding binds an idempotency key to the jobs of its request.
type KeyBinding struct {
	Caller, Key string
	Fingerprint []byte
	JobIDs      []string
	// Coalesced tells of each job whether it was there before.
	Coalesced []bool
	// Keep is how long the key leads to these jobs.
	Keep time.Duration
}

// queueKeys queues the statements that bind keys, sorted, so that two
// transactions never wait for each other.
func queueKeys(batch *pgx.Batch, keys []KeyBinding) {
	if len(keys) == 0 {
		return
	}
	keys = slices.SortedFunc(slices.Values(keys), func(a, b KeyBinding) int {
		return cmp.Or(cmp.Compare(a.Caller, b.Caller), cmp.Compare(a.Key, b.Key))
	})
	callers, names := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		callers[i], names[i] = k.Caller, k.Key
	}
	batch.Queue(db.ForgetExpired, callers, names)
	for _, k := range keys {
		batch.Queue(db.InsertKey, k.Caller, k.Key, k.Fingerprint, k.JobIDs, k.Coalesced, k.Keep)
	}
}

// lockNotAvailable is the SQLSTATE of a lock that was not granted in time.
const lockNotAvailable = "55P03"

// keyOutcome tells what the keys had to do with a commit that failed. Nothing
// else in its round trip can wait for a lock, or break a primary key.
func keyOutcome(err error) error {
	switch {
	case isCode(err, uniqueViolation):
		return fmt.Errorf("%w: %w", ErrKeyBound, err)
	case isCode(err, lockNotAvailable):
		return fmt.Errorf("%w: %w", ErrKeyLocked, err)
	}
	return err
}

// RecallKey returns what an idempotency key is bound to, and the fingerprint
// of the request that bound it; [ErrNotFound] when it is not bound. The jobs are
// as they are now.
func (s *Store) RecallKey(ctx context.Context, caller, key string) ([]project.EnqueuedJob, []byte, error) {
	row, err := s.q.Key(ctx, db.KeyParams{Caller: caller, Key: key})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, ErrNotFound
	}
	if err != nil {
		return nil, nil, fmt.Errorf("recall the idempotency key: %w", err)
	}
	coalesced := make(map[string]bool, len(row.JobIds))
	for i, id := range row.JobIds {
		coalesced[id] = row.Coalesced[i]
	}
	found, err := s.Jobs(ctx, row.JobIds)
	if err != nil {
		return nil, nil, err
	}
	jobs := make([]project.EnqueuedJob, len(found))
	for i, job := range found {
		jobs[i] = project.EnqueuedJob{Job: job, Coalesced: coalesced[job.ID]}
	}
	return jobs, row.Fingerprint, nil
}
