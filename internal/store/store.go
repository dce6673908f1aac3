package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/failpoint"
	"holdfast/internal/store/db"
)

// Store reads and writes Holdfast's tables over one connection pool.
type Store struct {
	pool *pgxpool.Pool
	q    *db.Queries
}

// New makes a store over a pool; the caller keeps and closes the pool.
func New(pool *pgxpool.Pool) *Store {
	return &Store{pool: pool, q: db.New(pool)}
}

// Pool returns the pool, for those who need a transaction across packages.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Tx is a transaction with Holdfast's typed queries on it.
type Tx struct {
	pgx.Tx
	*db.Queries
}

// InTx runs f in a transaction and commits it when f returns nil. A commit
// whose outcome is unknown comes back as [ErrCommitUnknown].
func (s *Store) InTx(ctx context.Context, f func(tx *Tx) error) error {
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer rollback(ctx, tx)
	if err := f(&Tx{Tx: tx, Queries: db.New(tx)}); err != nil {
		return err
	}
	failpoint.Hit("tx.written")
	defer failpoint.Hit("tx.committed")
	return commit(ctx, tx)
}

// Queries returns Holdfast's typed queries, each a transaction of its own.
func (s *Store) Queries() *db.Queries { return s.q }
