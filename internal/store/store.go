package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/failpoint"
	"holdfast/internal/gather"
	"holdfast/internal/project"
	"holdfast/internal/store/db"
)

// Store reads and writes Holdfast's tables over one connection pool.
type Store struct {
	pool    *pgxpool.Pool
	q       *db.Queries
	rowIDs  rowIDs
	lookUps *gather.Group[string, project.Job]
}

// New makes a store over a pool; the caller keeps and closes the pool.
func New(pool *pgxpool.Pool) *Store {
	s := &Store{pool: pool, q: db.New(pool)}
	s.lookUps = s.newLookUps()
	return s
}

// Pool returns the pool, for those who need a transaction across packages.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Tx is a transaction with Holdfast's typed queries on it.
type Tx struct {
	pgx.Tx
	*db.Queries

	committed []func()
}

// OnCommit has f called when the transaction is known to be committed; not when
// it is rolled back, nor when nobody knows.
func (tx *Tx) OnCommit(f func()) { tx.committed = append(tx.committed, f) }

// planAnew has each statement planned for what it is given.
const planAnew = "set local plan_cache_mode = force_custom_plan"

// PlanAnew makes the rest of the transaction's statements be planned for what
// they are given and for the tables as they are. Each connection plans a
// statement a few times and then keeps the plan; one for a handful of rows, kept
// from a time when there were no more, compares each row with every other.
func (tx *Tx) PlanAnew(ctx context.Context) error {
	if _, err := tx.Exec(ctx, planAnew); err != nil {
		return fmt.Errorf("have statements planned anew: %w", err)
	}
	return nil
}

// InTx runs f in a transaction and commits it when f returns nil. A commit
// whose outcome is unknown comes back as [ErrCommitUnknown].
func (s *Store) InTx(ctx context.Context, f func(tx *Tx) error) error {
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer rollback(ctx, tx)
	t := &Tx{Tx: tx, Queries: db.New(tx)}
	if err := f(t); err != nil {
		return err
	}
	failpoint.Hit("tx.written")
	defer failpoint.Hit("tx.committed")
	if err := commit(ctx, tx); err != nil {
		return err
	}
	for _, f := range t.committed {
		f()
	}
	return nil
}

// Queries returns Holdfast's typed queries, each a transaction of its own.
func (s *Store) Queries() *db.Queries { return s.q }
