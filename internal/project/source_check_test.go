package project_test

import (
	"testing"
	"time"

	"holdfast/internal/project"
)

func TestCheckStatus(t *testing.T) {
	t.Parallel()
	done := new(time.Now())
	for name, test := range map[string]struct {
		check project.SourceCheck
		want  project.CheckStatus
	}{
		"nobody has answered":     {project.SourceCheck{}, project.CheckRunning},
		"it can be read":          {project.SourceCheck{FinishedAt: done, Report: &project.SourceReport{Service: "x"}}, project.CheckOK},
		"it cannot be read":       {project.SourceCheck{FinishedAt: done, Error: &project.JobError{Code: "unauthorized"}}, project.CheckFailed},
		"it cannot be read whole": {project.SourceCheck{FinishedAt: done, Report: &project.SourceReport{Missing: []string{"repo"}}}, project.CheckFailed},
		"an answer of nothing":    {project.SourceCheck{FinishedAt: done}, project.CheckFailed},
	} {
		if got := test.check.Status(); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
