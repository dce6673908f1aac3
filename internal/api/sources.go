package api

import (
	"context"
	"fmt"
	"slices"

	"holdfast/internal/openapi"
	"holdfast/internal/project"
)

// ListSources shows the configured sources and how they are doing.
func (h *handlers) ListSources(
	ctx context.Context, _ openapi.ListSourcesRequestObject,
) (openapi.ListSourcesResponseObject, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	list := make([]string, len(h.Sources))
	for i, s := range h.Sources {
		list[i] = s.Name
	}
	states, err := h.Mirror.SourceStates(ctx, list)
	if err != nil {
		return nil, err
	}
	sources := make([]openapi.Source, len(h.Sources))
	for i, s := range h.Sources {
		state := states[s.Name]
		sources[i] = sourceView(s, &state)
	}
	return openapi.ListSources200JSONResponse{Sources: sources}, nil
}

func sourceView(s Source, state *project.SourceState) openapi.Source {
	view := openapi.Source{
		Name: s.Name, Kind: s.Kind, Enabled: s.Enabled,
		RetryAt: utc(state.RetryAt), RetryReason: state.RetryReason, Warning: warning(state),
	}
	if state.LastJob != nil {
		view.LastJob = new(jobView(state.LastJob, false))
	}
	if state.LastSuccessAt != nil {
		view.LastSuccess = &openapi.LastSuccess{JobID: state.LastSuccess, FinishedAt: state.LastSuccessAt.UTC()}
	}
	if state.LastReceipt != nil {
		view.LiveRows = &openapi.LiveRows{Count: state.LastReceipt.LiveRows, CountedAt: state.LastReceipt.ReadAt.UTC()}
	}
	return view
}

// warning speaks up when a source needs a person.
func warning(state *project.SourceState) *string {
	if state.ConfigFailures == 0 {
		return nil
	}
	text := "The last job failed"
	if state.ConfigFailures > 1 {
		text = fmt.Sprintf("The last %d jobs failed", state.ConfigFailures)
	}
	text += " for a reason that only a person can mend"
	if job := state.LastJob; job != nil && job.Error != nil {
		text += ": " + job.Error.Message
	}
	return &text
}

// sourceFilter reads the parameter source. A source that has left the
// configuration still has rows and jobs; one that never was is a typing error.
func (h *handlers) sourceFilter(ctx context.Context, name *string) (string, error) {
	if name == nil || *name == "" {
		return "", nil
	}
	if slices.ContainsFunc(h.Sources, func(s Source) bool { return s.Name == *name }) {
		return *name, nil
	}
	if !storable(*name) {
		return "", invalidParameter("source must be UTF-8 text without NUL.")
	}
	exists, err := h.Mirror.SourceExists(ctx, *name)
	if err != nil {
		return "", err
	}
	if !exists {
		return "", unknownSource(*name, h.Sources)
	}
	return *name, nil
}
