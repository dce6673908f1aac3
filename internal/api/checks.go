package api

import (
	"context"
	"errors"
	"time"

	"holdfast/internal/openapi"
	"holdfast/internal/project"
)

// checkWait is how long a check waits for a worker's answer unless it is told.
const checkWait = 20 * time.Second

// CheckSource has a worker check a source, and waits a while for its answer.
func (h *handlers) CheckSource(
	ctx context.Context, request openapi.CheckSourceRequestObject,
) (openapi.CheckSourceResponseObject, error) {
	wait := checkWait
	if request.Params.Wait != nil {
		var err error
		if wait, err = parseWait(request.Params.Wait); err != nil {
			return nil, err
		}
	}
	if _, err := h.resolve([]string{request.Name}); err != nil {
		return nil, err
	}
	id, err := h.startCheck(ctx, request.Name)
	if err != nil {
		return nil, err
	}
	check, err := h.awaitCheck(ctx, id, wait)
	if err != nil {
		return nil, err
	}
	if check.FinishedAt != nil {
		return openapi.CheckSource200JSONResponse(checkView(&check)), nil
	}
	return openapi.CheckSource202JSONResponse{
		Body:    checkView(&check),
		Headers: openapi.CheckSource202ResponseHeaders{Location: "/api/v1/checks/" + id, RetryAfter: firstLook},
	}, nil
}

func (h *handlers) startCheck(ctx context.Context, source string) (string, error) {
	ctx, cancel := detach(ctx, writeTimeout)
	defer cancel()
	return h.Checker.StartCheck(ctx, source, callerOf(ctx).name)
}

// GetCheck shows a check, now or when a worker has answered.
func (h *handlers) GetCheck(
	ctx context.Context, request openapi.GetCheckRequestObject,
) (openapi.GetCheckResponseObject, error) {
	id, err := parseID("check", request.ID)
	if err != nil {
		return nil, err
	}
	wait, err := parseWait(request.Params.Wait)
	if err != nil {
		return nil, err
	}
	check, err := h.awaitCheck(ctx, id, wait)
	if errors.Is(err, project.ErrNotFound) {
		return nil, notFound("There is no check of this id (any more): checks are kept for a day.")
	}
	if err != nil {
		return nil, err
	}
	var next *int
	if check.FinishedAt == nil {
		next = new(firstLook)
	}
	return openapi.GetCheck200JSONResponse{
		Body: checkView(&check), Headers: openapi.GetCheck200ResponseHeaders{RetryAfter: next},
	}, nil
}

// awaitCheck returns a check when a worker has answered, or as it is after the
// wait; a drain and a client that leaves end the wait too.
func (h *handlers) awaitCheck(ctx context.Context, id string, wait time.Duration) (project.SourceCheck, error) {
	timeout := time.NewTimer(wait)
	defer timeout.Stop()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		// Polled like a job: River's events are those of one process, and a
		// NOTIFY for each answer would serialize commits.
		check, err := h.readCheck(ctx, id)
		if err != nil || check.FinishedAt != nil || wait == 0 {
			return check, err
		}
		select {
		case <-ctx.Done():
			return check, ctx.Err()
		case <-h.draining:
			return check, nil
		case <-timeout.C:
			wait = 0 // one last look
		case <-tick.C:
		}
	}
}

func (h *handlers) readCheck(ctx context.Context, id string) (project.SourceCheck, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	return h.Mirror.SourceCheck(ctx, id)
}

func checkView(c *project.SourceCheck) openapi.SourceCheck {
	return openapi.SourceCheck{
		ID: c.ID, Source: c.Source, Status: openapi.SourceCheckStatus(c.Status()),
		CreatedAt: c.CreatedAt.UTC(), FinishedAt: utc(c.FinishedAt),
		Report: reportView(c.Report), Error: (*openapi.JobError)(c.Error),
	}
}

func reportView(r *project.SourceReport) *openapi.SourceReport {
	if r == nil {
		return nil
	}
	view := &openapi.SourceReport{
		Service: r.Service, Scopes: listed(r.Scopes), Missing: listed(r.Missing), Projects: r.Projects, Notes: listed(r.Notes),
	}
	if r.Account != "" {
		view.Account = &r.Account
	}
	return view
}

// listed makes an empty list of none at all: JSON would call that null.
func listed(texts []string) []string {
	if texts == nil {
		return []string{}
	}
	return texts
}
