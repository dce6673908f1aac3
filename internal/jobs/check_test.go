package jobs_test

import (
	"context"
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
