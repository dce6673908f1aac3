package jobs_test

import (
	"testing"

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
	if err != nil || check.Error != nil || string(check.Report) != `{"service": "", "projects": 7}` {
		t.Errorf("the check = %s, %+v, %v", check.Report, check.Error, err)
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
