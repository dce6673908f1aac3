package store_test

import (
	"errors"
	"testing"

	"holdfast/internal/dbtest"
	"holdfast/internal/store"
)

func TestOnCommitIsForCommits(t *testing.T) {
	t.Parallel()
	s := store.New(dbtest.New(t))
	told := 0
	tell := func() { told++ }
	failed := errors.New("no")
	err := s.InTx(t.Context(), func(tx *store.Tx) error {
		tx.OnCommit(tell)
		return failed
	})
	if !errors.Is(err, failed) || told != 0 {
		t.Errorf("a rollback with %v was told of %d times", err, told)
	}
	// A deferred constraint fails the commit itself.
	err = s.InTx(t.Context(), func(tx *store.Tx) error {
		tx.OnCommit(tell)
		_, err := tx.Exec(t.Context(), `create temporary table t (x int primary key deferrable initially deferred);
			insert into t values (1), (1)`)
		return err
	})
	if err == nil || told != 0 {
		t.Errorf("a commit that failed with %v was told of %d times", err, told)
	}
	err = s.InTx(t.Context(), func(tx *store.Tx) error {
		tx.OnCommit(tell)
		tx.OnCommit(tell)
		if told != 0 {
			t.Error("told before the commit")
		}
		return nil
	})
	if err != nil || told != 2 {
		t.Errorf("a commit, %v, was told of %d times, want 2", err, told)
	}
}
