package api

import (
	"context"
	"strings"

	"holdfast/internal/openapi"
	"holdfast/internal/project"
)

// ListQuarantine shows records of a job that could not be read or stored.
func (h *handlers) ListQuarantine(
	ctx context.Context, request openapi.ListQuarantineRequestObject,
) (openapi.ListQuarantineResponseObject, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	jobID, err := h.knownJob(ctx, request.ID)
	if err != nil {
		return nil, err
	}
	p, err := listing{"quarantine", []string{jobID}}.page(request.Params.PageSize, request.Params.PageToken, 1)
	if err != nil {
		return nil, err
	}
	after, err := p.afterID(0)
	if err != nil {
		return nil, err
	}
	read, err := h.Records.Quarantined(ctx, jobID, after, p.limit())
	if err != nil {
		return nil, err
	}
	read, next := cut(p, read, func(q *project.Quarantined) []string { return numberKey(q.ID) })
	records := make([]openapi.QuarantinedRecord, len(read))
	for i, q := range read {
		records[i] = openapi.QuarantinedRecord{
			ID: number(q.ID), ExternalID: q.ExternalID, Reason: q.Reason, Partition: q.Partition, Page: q.Page,
			// The bytes may be what broke the record.
			Payload:      strings.ToValidUTF8(string(q.Payload), "\uFFFD"),
			PayloadBytes: q.PayloadBytes, CreatedAt: q.CreatedAt.UTC(),
		}
	}
	return openapi.ListQuarantine200JSONResponse{Records: records, NextPageToken: next}, nil
}
