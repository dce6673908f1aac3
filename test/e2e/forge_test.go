package e2e_test

import (
	"path"
	"strconv"
	"testing"

	"holdfast/internal/invariants"
	"holdfast/internal/project"
	"holdfast/internal/sampleforge"
)

// forge is the service that is mirrored, and the truth about it.
type forge struct {
	*sampleforge.Forge

	url string
}

// fault makes requests to the forge go wrong.
func (f *forge) fault(t *testing.T, fault sampleforge.Fault) {
	t.Helper()
	if err := f.Inject(fault); err != nil {
		t.Fatal(err)
	}
}

// ids lists the projects.
func (f *forge) ids() []int64 {
	var ids []int64
	for p := range f.Projects() {
		ids = append(ids, p.ID)
	}
	return ids
}

// remove takes projects out of every listing.
func (f *forge) remove(t *testing.T, ids ...int64) {
	t.Helper()
	for _, id := range ids {
		if err := f.Remove(id); err != nil {
			t.Fatal(err)
		}
	}
}

// truth is what the table must say: the records as the forge sends them, and
// the columns as GitLab's documentation describes the fields.
func (f *forge) truth(t *testing.T) map[string]invariants.Truth {
	t.Helper()
	truth := map[string]invariants.Truth{}
	for p := range f.Projects() {
		raw, err := f.Raw(p.ID)
		if err != nil {
			t.Fatal(err)
		}
		id := strconv.FormatInt(p.ID, 10)
		truth[id] = invariants.Truth{Payload: raw, Columns: &project.Project{
			ExternalID: id, Name: p.Name, FullPath: p.FullPath, Description: p.Description,
			WebURL: new("https://gitlab.example.com/" + p.FullPath), Visibility: &p.Visibility, Archived: &p.Archived,
			DefaultBranch: p.DefaultBranch, Owner: new(path.Dir(p.FullPath)), Topics: p.Topics,
			Stars: new(int64(p.Stars)), Forks: new(int64(p.Forks)),
			CreatedAt: &p.CreatedAt, UpdatedAt: &p.UpdatedAt, LastActivityAt: &p.UpdatedAt,
		}}
	}
	return truth
}
