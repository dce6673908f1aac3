package api

import (
	"context"

	"holdfast/internal/openapi"
	"holdfast/internal/project"
)

// ListEvents shows what went wrong on a job's way and what was done.
func (h *handlers) ListEvents(
	ctx context.Context, request openapi.ListEventsRequestObject,
) (openapi.ListEventsResponseObject, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	jobID, err := h.knownJob(ctx, request.ID)
	if err != nil {
		return nil, err
	}
	p, err := listing{"events", []string{jobID}}.page(request.Params.PageSize, request.Params.PageToken, 1)
	if err != nil {
		return nil, err
	}
	after, err := p.afterID(0)
	if err != nil {
		return nil, err
	}
	read, err := h.Records.Events(ctx, jobID, after, p.limit())
	if err != nil {
		return nil, err
	}
	read, next := cut(p, read, func(e *project.Event) []string { return numberKey(e.ID) })
	events := make([]openapi.Event, len(read))
	for i, e := range read {
		events[i] = openapi.Event{
			ID: number(e.ID), At: e.At.UTC(), Kind: e.Kind, Code: e.Code, Message: e.Message, Retryable: e.Retryable,
			Partition: e.Partition, RetryAt: utc(e.RetryAt), Sample: e.Sample,
		}
	}
	return openapi.ListEvents200JSONResponse{Events: events, NextPageToken: next}, nil
}
