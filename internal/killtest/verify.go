package killtest

import (
	"github.com/google/go-cmp/cmp"

	"holdfast/internal/invariants"
)

// mustBeUnfinished proves that the worker, which is dead now, was in the middle
// of the listing: it has committed pages, and has more to read.
func (l *listing) mustBeUnfinished(pages int) {
	l.t.Helper()
	phase := ask[string](l, "select phase from sync_jobs where id = $1", l.job)
	unread := ask[int](l, "select count(*) from sync_partitions where job_id = $1 and not last_page", l.job)
	running := ask[int](l, "select count(*) from sync_partitions where job_id = $1 and state = 'running'", l.job)
	if phase != "list" || unread == 0 || running == 0 {
		l.t.Fatalf("killed after %d pages in phase %s, with %d partitions to read and %d that were being read: "+
			"that is not the middle of the listing", pages, phase, unread, running)
	}
}

// outcome is what a job has led to.
type outcome struct {
	Status string
	// Complete says that the listing was proven complete, Verified that the
	// receipt agrees with the table.
	Complete, Verified bool
	// Rows counts the table, Created the rows' beginnings, and Changes
	// everything in their history.
	Rows, Created, Changes int
	// Quarantined counts records that are no rows.
	Quarantined int
	// TakenOver says that each kill left at least one partition to the next worker.
	TakenOver bool
}

// verify compares what the job has led to with the truth.
func (l *listing) verify(truth map[string][]byte) {
	l.t.Helper()
	want := outcome{
		Status: "succeeded", Complete: true, Verified: true, TakenOver: true,
		Rows: len(truth), Created: len(truth), Changes: len(truth),
	}
	if diff := cmp.Diff(want, l.outcome()); diff != "" {
		l.t.Errorf("the outcome (-want +got):\n%s", diff)
	}
	twice := ask[int](l, "select count(*) from (select from project_changes group by project_id having count(*) > 1) as twice")
	if twice != 0 {
		l.t.Errorf("%d rows have more than one change in their history", twice)
	}
	columns := make(map[string]invariants.Truth, len(truth))
	for id, raw := range truth {
		columns[id] = invariants.Truth{Payload: raw}
	}
	different, err := invariants.CheckMirror(l.t.Context(), l.pool, sourceName, columns)
	if err != nil {
		l.t.Error(err)
	}
	broken, err := invariants.Check(l.t.Context(), l.pool)
	if err != nil {
		l.t.Error(err)
	}
	for _, v := range append(different, broken...) {
		l.t.Error(v)
	}
}

// outcome reads what there is to say about the job.
func (l *listing) outcome() outcome {
	l.t.Helper()
	var o outcome
	err := l.pool.QueryRow(l.t.Context(), `
		select j.status, coalesce(j.listing_complete, false), coalesce((j.receipt ->> 'verified')::boolean, false),
			(select count(*) from projects where source = j.source and deleted_at is null),
			(select count(*) from project_changes where change = 'created'),
			(select count(*) from project_changes),
			(select count(*) from quarantined_records),
			(select sum(takeovers) from sync_partitions where job_id = j.id) >= $2
		from sync_jobs j
		where j.id = $1`, l.job, kills).
		Scan(&o.Status, &o.Complete, &o.Verified, &o.Rows, &o.Created, &o.Changes, &o.Quarantined, &o.TakenOver)
	if err != nil {
		l.t.Fatal(err)
	}
	return o
}
