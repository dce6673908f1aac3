package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"holdfast/internal/dbtest"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

// Look-ups that share a query get each their own answer: the job, that there is
// none, or that its row cannot be read.
func TestLookUpsThatMeet(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	const id = "01980000-0000-7000-8000-%012d"
	const sound, missing, unreadable = 0, 1, 2
	for _, statement := range []string{
		"insert into sources (name, kind) values ('a', 'x')",
		`insert into sync_jobs (id, source, status, trigger, caller, started_at, finished_at, receipt)
		select ('01980000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'a', 'succeeded', 'api', 'ann', now(), current_timestamp,
			case when n % 3 = 2 then '[]'::jsonb end
		from generate_series(0, 29) n where n % 3 <> 1`,
	} {
		if _, err := pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	s := store.New(pool)
	var readers sync.WaitGroup
	for n := range 120 {
		readers.Go(func() {
			want := fmt.Sprintf(id, n%30)
			job, err := s.Job(t.Context(), want)
			switch n % 3 {
			case sound:
				if err != nil || job.ID != want {
					t.Errorf("job %s was read as %s, %v", want, job.ID, err)
				}
			case missing:
				if !errors.Is(err, project.ErrNotFound) {
					t.Errorf("job %s, which is not there: %v", want, err)
				}
			case unreadable:
				if err == nil || errors.Is(err, project.ErrNotFound) {
					t.Errorf("job %s, which cannot be read: %v", want, err)
				}
			}
		})
	}
	readers.Wait()
}
