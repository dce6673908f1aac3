package project_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
)

func TestUnstated(t *testing.T) {
	t.Parallel()
	p := project.Project{
		ExternalID: "1", Name: "a", FullPath: "a", Description: new(""), WebURL: new("w"), Topics: []string{}, Stars: new(int64(0)),
		Archived: new(false),
	}
	want := []string{
		"created_at", "default_branch", "forks", "language", "last_activity_at", "license", "owner", "updated_at", "visibility",
	}
	if diff := cmp.Diff(want, p.Unstated()); diff != "" {
		t.Error(diff)
	}
}
