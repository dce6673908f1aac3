package jobs_test

import (
	"context"
	"testing"
	"time"

	"holdfast/internal/jobs"
	"holdfast/internal/project"
	"holdfast/internal/source"
)

// changing is a source that can tell what changed: its last record.
type changing struct {
	*fake

	since chan time.Time
}

func (c changing) PlanSince(_ context.Context, since time.Time) (source.Plan, error) {
	c.since <- since
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rows = append(c.rows, c.rows[0][len(c.rows[0])-1:])
	return source.Plan{Partitions: []source.Partition{{Name: "changes", Spec: []byte("1")}}}, nil
}

func TestAnIncrementalSyncListsWhatChangedSinceTheLastOne(t *testing.T) {
	t.Parallel()
	b := setup(t, 30)
	src := changing{fake: b.source, since: make(chan time.Time, 1)}
	b.startSource(t, jobs.Source{
		Source: src, Name: "src", AbsentRuns: 1, MaxDeleteShare: 0.1, FullEvery: time.Hour,
	})
	full := b.syncMode(t, project.ModeIncremental)
	expect(t, b, "full", "select mode from sync_jobs where id = $1", full)

	b.source.rows[0][29] = record(30, "changed")
	changes := b.syncMode(t, project.ModeIncremental)
	expect(t, b, "incremental", "select mode from sync_jobs where id = $1", changes)
	expect(t, b, "0/1/0/0", counted, changes)
	expect(t, b, "incremental", "select incomplete_reason from sync_jobs where id = $1", changes)
	expect(t, b, 30, "select count(*) from active_projects")
	expect(t, b, 0, "select count(*) from project_absences")
	expect(t, b, true, "select $1 = started_at - interval '10 minutes' from sync_jobs where id = $2", <-src.since, full)

	b.source.rows = b.source.rows[:1]
	asked := b.syncMode(t, project.ModeFull)
	expect(t, b, "full", "select mode from sync_jobs where id = $1", asked)
	if _, err := b.pool.Exec(t.Context(), "update sources set last_full_at = now() - interval '2 hours'"); err != nil {
		t.Fatal(err)
	}
	due := b.syncMode(t, project.ModeIncremental)
	expect(t, b, "full", "select mode from sync_jobs where id = $1", due)
}

func TestAFullRequestUpgradesAQueuedIncrementalJob(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	first := b.postMode(t, project.ModeIncremental)
	if second := b.postMode(t, project.ModeFull); second != first {
		t.Errorf("the second POST led to %s, want the queued %s", second, first)
	}
	expect(t, b, "full", "select mode from sync_jobs where id = $1", first)
	b.postMode(t, project.ModeIncremental)
	expect(t, b, "full", "select mode from sync_jobs where id = $1", first)
}

func TestAWatermarkThatLiesAheadIsNotTrusted(t *testing.T) {
	t.Parallel()
	b := setup(t, 3)
	b.startSource(t, jobs.Source{
		Source: changing{fake: b.source, since: make(chan time.Time, 1)}, Name: "src", AbsentRuns: 1, MaxDeleteShare: 0.1, FullEvery: time.Hour,
	})
	b.syncMode(t, project.ModeIncremental)
	exec(t, b, "update sources set watermark = now() + interval '1 minute'")
	job := b.syncMode(t, project.ModeIncremental)
	expect(t, b, "full", "select mode from sync_jobs where id = $1", job)
}

// short states more changes than it lists.
type short struct{ changing }

func (s short) PlanSince(ctx context.Context, since time.Time) (source.Plan, error) {
	plan, err := s.changing.PlanSince(ctx, since)
	plan.Total = new(int64(7))
	return plan, err
}

// What an incremental listing has missed is asked for again.
func TestAnIncrementalListingThatIsShortMovesNoWatermark(t *testing.T) {
	t.Parallel()
	b := setup(t, 30)
	src := short{changing{fake: b.source, since: make(chan time.Time, 1)}}
	b.startSource(t, jobs.Source{Source: src, Name: "src", AbsentRuns: 1, MaxDeleteShare: 0.1, FullEvery: time.Hour})
	full := b.sync(t)
	job := b.syncMode(t, project.ModeIncremental)
	expect(t, b, "incremental", "select incomplete_reason from sync_jobs where id = $1", job)
	expect(t, b, true, "select watermark = (select started_at from sync_jobs where id = $1) from sources", full)
}

// What the service before had told by the last sync says nothing of what
// another one has.
func TestASourceOfAnotherKindIsListedInFull(t *testing.T) {
	t.Parallel()
	b := setup(t, 30)
	src := changing{fake: b.source, since: make(chan time.Time, 2)}
	b.startSource(t, jobs.Source{Source: src, Name: "src", AbsentRuns: 2, MaxDeleteShare: 0.1, FullEvery: time.Hour})
	b.syncMode(t, project.ModeIncremental)
	for _, want := range []string{"full", "incremental"} {
		result, err := b.client.Enqueue(t.Context(), project.EnqueueRequest{
			Sources: []project.SourceRef{{Name: "src", Kind: "another", Mode: project.ModeIncremental}},
			Trigger: project.TriggerAPI, Caller: "test",
		})
		if err != nil {
			t.Fatal(err)
		}
		id := result.Jobs[0].Job.ID
		until(t, b, "succeeded", statusOf, id)
		expect(t, b, want, "select mode from sync_jobs where id = $1", id)
	}
	expect(t, b, "another", "select kind from sources")
}
