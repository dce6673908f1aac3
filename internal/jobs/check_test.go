package jobs_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/jobs"
	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/store"
)

func TestACheckReachesTheSourceAndWritesNoProject(t *testing.T) {
	t.Parallel()
	b := setup(t, 7)
	b.start(t)
	id, err := b.client.StartCheck(t.Context(), "src", "ann")
	if err != nil {
		t.Fatal(err)
	}
	until(t, b, true, "select finished_at is not null from source_checks where id = $1", id)
	check, err := store.New(b.pool).SourceCheck(t.Context(), id)
	want := &project.SourceReport{Projects: new(int64(7))}
	if diff := cmp.Diff(want, check.Report); err != nil || check.Status() != project.CheckOK || diff != "" {
		t.Errorf("the check is %s, %v; report (-want +got):\n%s", check.Status(), err, diff)
	}
	expect(t, b, 0, "select count(*) from projects")

	b.source.before = failing(0, 1, &source.Error{Kind: source.Configuration, Code: "unauthorized", Message: "make a token"})
	if id, err = b.client.StartCheck(t.Context(), "src", "ann"); err != nil {
		t.Fatal(err)
	}
	until(t, b, "unauthorized", "select error->>'code' from source_checks where id = $1", id)
	if id, err = b.client.StartCheck(t.Context(), "nobody", "ann"); err != nil {
		t.Fatal(err)
	}
	until(t, b, "unknown_source", "select error->>'code' from source_checks where id = $1", id)
}

// named is a source whose service has an odd name.
type named struct{ *fake }

func (named) Check(context.Context) (source.Report, error) {
	return source.Report{Service: "a\x00b"}, nil
}

func TestAnAnswerWithANULIsKept(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	b.startSource(t, jobs.Source{Source: named{b.source}, Name: "src", AbsentRuns: 2, MaxDeleteShare: 0.1})
	id, err := b.client.StartCheck(t.Context(), "src", "ann")
	if err != nil {
		t.Fatal(err)
	}
	until(t, b, "a\ufffdb", "select report->>'service' from source_checks where id = $1", id)
}

// dead is a source whose service takes a check and never answers it.
type dead struct {
	*fake

	asked chan struct{}
}

func (d dead) Check(ctx context.Context) (source.Report, error) {
	d.asked <- struct{}{}
	<-ctx.Done()
	return source.Report{}, ctx.Err()
}

// However many checks hang, a sync begins and ends.
func TestChecksThatHangHoldUpNoSync(t *testing.T) {
	t.Parallel()
	b := setup(t, 7)
	src := dead{fake: b.source, asked: make(chan struct{}, 100)}
	b.startSource(t, jobs.Source{Source: src, Name: "src", AbsentRuns: 2, MaxDeleteShare: 0.1})
	for range 20 {
		if _, err := b.client.StartCheck(t.Context(), "src", "ann"); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 {
		<-src.asked
	}
	b.sync(t)
}

// Nobody takes a check over: one that its worker does not wait for is answered
// by that worker.
func TestACheckThatAStopCutsOffIsAnswered(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	src := dead{fake: b.source, asked: make(chan struct{}, 1)}
	b.startSource(t, jobs.Source{Source: src, Name: "src", AbsentRuns: 2, MaxDeleteShare: 0.1})
	id, err := b.client.StartCheck(t.Context(), "src", "ann")
	if err != nil {
		t.Fatal(err)
	}
	<-src.asked
	over, cancel := context.WithCancel(t.Context())
	cancel()
	// The time to drain is over at once. What River says of that tells nothing here.
	_ = b.worker.Stop(over)
	b.worker = nil
	until(t, b, "worker_lost", "select error->>'code' from source_checks where id = $1", id)
}

func TestAReportThatPostgresRefusesIsAnswered(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	ddl(t, b, "alter table source_checks add constraint the_tests_own check (report is null)")
	b.start(t)
	id, err := b.client.StartCheck(t.Context(), "src", "ann")
	if err != nil {
		t.Fatal(err)
	}
	until(t, b, "storage_failed", "select error->>'code' from source_checks where id = $1", id)
}

// The log does not promise that somebody goes on with a check.
func TestACheckWhoseAnswerCannotBeWrittenIsLogged(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	log := &lines{}
	b.log = slog.New(slog.NewJSONHandler(log, nil))
	ddl(t, b, "alter table source_checks add constraint the_tests_own check (finished_at is null)")
	b.start(t)
	id, err := b.client.StartCheck(t.Context(), "src", "ann")
	if err != nil {
		t.Fatal(err)
	}
	until(t, b, "discarded", "select state::text from river_job where kind = 'check'")
	said := log.with("check failed, its answer could not be written")
	for _, part := range []string{`"check":"` + id, `"source":"src"`, "the_tests_own"} {
		if !strings.Contains(said, part) {
			t.Errorf("the log does not say %s:\n%s", part, said)
		}
	}
	if said := log.with("task failed, its lease will run out"); said != "" {
		t.Errorf("a check has no lease:\n%s", said)
	}
}
