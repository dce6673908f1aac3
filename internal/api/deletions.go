package api

import (
	"context"
	"errors"

	"holdfast/internal/openapi"
	"holdfast/internal/project"
)

// GetDeletions shows what a job held back, and the rows concerned.
func (h *handlers) GetDeletions(
	ctx context.Context, request openapi.GetDeletionsRequestObject,
) (openapi.GetDeletionsResponseObject, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	jobID, err := h.knownJob(ctx, request.ID)
	if err != nil {
		return nil, err
	}
	plan, err := h.Plans.DeletionPlan(ctx, jobID)
	if errors.Is(err, project.ErrNothingHeld) {
		return nil, notFound("This job held no deletions back: they were few enough to be made, or there were none.").because(err)
	}
	if err != nil {
		return nil, err
	}
	// The state is part of the listing: a decision changes which rows it has.
	p, err := listing{"deletions", []string{jobID, string(plan.State)}}.
		page(request.Params.PageSize, request.Params.PageToken, 1)
	if err != nil {
		return nil, err
	}
	after, err := p.afterID(0)
	if err != nil {
		return nil, err
	}
	rows, err := h.Plans.DeletionRows(ctx, plan, after, p.limit())
	if err != nil {
		return nil, err
	}
	rows, next := cut(p, rows, func(r *project.Row) []string { return numberKey(r.ID) })
	return openapi.GetDeletions200JSONResponse{Plan: planView(&plan), Rows: rowViews(rows), NextPageToken: next}, nil
}

// ApproveDeletions makes the held deletions.
func (h *handlers) ApproveDeletions(
	ctx context.Context, request openapi.ApproveDeletionsRequestObject,
) (openapi.ApproveDeletionsResponseObject, error) {
	plan, err := h.decide(ctx, request.ID, h.Deletions.ApproveDeletions)
	if err != nil {
		return nil, err
	}
	return openapi.ApproveDeletions200JSONResponse(planView(&plan)), nil
}

// DiscardDeletions keeps the rows.
func (h *handlers) DiscardDeletions(
	ctx context.Context, request openapi.DiscardDeletionsRequestObject,
) (openapi.DiscardDeletionsResponseObject, error) {
	plan, err := h.decide(ctx, request.ID, h.Deletions.DiscardDeletions)
	if err != nil {
		return nil, err
	}
	return openapi.DiscardDeletions200JSONResponse(planView(&plan)), nil
}

func (h *handlers) decide(
	ctx context.Context, text string, decision func(ctx context.Context, jobID, caller string) (int64, error),
) (project.DeletionPlan, error) {
	ctx, cancel := detach(ctx, decideTimeout)
	defer cancel()
	jobID, err := h.knownJob(ctx, text)
	if err != nil {
		return project.DeletionPlan{}, err
	}
	if _, err := decision(ctx, jobID, callerOf(ctx).name); err != nil {
		return project.DeletionPlan{}, err
	}
	return h.Plans.DeletionPlan(ctx, jobID)
}

func planView(p *project.DeletionPlan) openapi.DeletionPlan {
	return openapi.DeletionPlan{
		JobID: p.JobID, Source: p.Source, State: openapi.DeletionPlanState(p.State), Held: p.Held, Live: p.Live,
		CreatedAt: p.CreatedAt.UTC(), DecidedAt: utc(p.DecidedAt), DecidedBy: p.DecidedBy, Deleted: p.Deleted,
	}
}
