package project_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"holdfast/internal/project"
)

func TestEveryTransition(t *testing.T) {
	t.Parallel()
	allowed := map[project.Status][]project.Status{
		project.Queued:    {project.Running, project.Waiting, project.Failed, project.Cancelled},
		project.Running:   {project.Waiting, project.Succeeded, project.Failed, project.Cancelled},
		project.Waiting:   {project.Queued, project.Running, project.Failed, project.Cancelled},
		project.Succeeded: nil,
		project.Failed:    nil,
		project.Cancelled: nil,
	}
	for _, from := range project.Statuses() {
		for _, to := range project.Statuses() {
			got, err := from.To(to)
			if slices.Contains(allowed[from], to) {
				if err != nil || got != to {
					t.Errorf("%s to %s = %s, %v, want it allowed", from, to, got, err)
				}
				continue
			}
			refused, ok := errors.AsType[*project.TransitionError](err)
			if !ok || got != from || refused.From != from || refused.To != to {
				t.Errorf("%s to %s = %s, %v, want it refused", from, to, got, err)
			}
		}
	}
}

func TestATerminalStateIsNeverLeft(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		state := project.Queued
		var ended project.Status
		for _, next := range rapid.SliceOf(rapid.SampledFrom(project.Statuses())).Draw(t, "wishes") {
			state, _ = state.To(next)
			if ended != "" && state != ended {
				t.Fatalf("a %s job became %s", ended, state)
			}
			if state.Terminal() {
				ended = state
			}
		}
	})
}
