package api

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"holdfast/internal/openapi"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

// maxSearch bounds the text that projects are searched for.
const maxSearch = 200

// ListProjects shows mirrored projects.
func (h *handlers) ListProjects(
	ctx context.Context, request openapi.ListProjectsRequestObject,
) (openapi.ListProjectsResponseObject, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	filter, err := h.projectFilter(ctx, request.Params)
	if err != nil {
		return nil, err
	}
	list := listing{"projects", []string{filter.Source, filter.Text, strconv.FormatBool(filter.IncludeDeleted)}}
	const keys = 2 // source and external id
	p, err := list.page(request.Params.PageSize, request.Params.PageToken, keys)
	if err != nil {
		return nil, err
	}
	if p.after != nil {
		filter.AfterSource, filter.AfterExternalID = p.after[0], p.after[1]
	}
	filter.Limit = p.limit()
	rows, err := h.Mirror.ListProjects(ctx, filter)
	if err != nil {
		return nil, err
	}
	rows, next := cut(p, rows, func(r *project.Row) []string { return []string{r.Source, r.ExternalID} })
	return openapi.ListProjects200JSONResponse{Projects: rowViews(rows), NextPageToken: next}, nil
}

func (h *handlers) projectFilter(ctx context.Context, params openapi.ListProjectsParams) (store.ProjectFilter, error) {
	source, err := h.sourceFilter(ctx, params.Source)
	if err != nil {
		return store.ProjectFilter{}, err
	}
	filter := store.ProjectFilter{Source: source}
	if params.Q != nil {
		filter.Text = *params.Q
	}
	if !storable(filter.Text) || utf8.RuneCountInString(filter.Text) > maxSearch {
		return store.ProjectFilter{}, invalidParameter(fmt.Sprintf("q must be UTF-8 text of %d characters at most, without NUL.", maxSearch))
	}
	if params.IncludeDeleted != nil {
		filter.IncludeDeleted = *params.IncludeDeleted
	}
	return filter, nil
}

// GetProject shows a project with its raw record and its history.
func (h *handlers) GetProject(
	ctx context.Context, request openapi.GetProjectRequestObject,
) (openapi.GetProjectResponseObject, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	projectID, err := strconv.ParseInt(request.ID, 10, 64)
	if err != nil || projectID < 1 || number(projectID) != request.ID {
		return nil, invalidID("A project's id is a whole number from 1 on: the id that GET /api/v1/projects shows.")
	}
	p, err := listing{"changes", []string{request.ID}}.page(request.Params.PageSize, request.Params.PageToken, 1)
	if err != nil {
		return nil, err
	}
	before, err := p.afterID(math.MaxInt64)
	if err != nil {
		return nil, err
	}
	row, err := h.Mirror.Project(ctx, projectID)
	if errors.Is(err, project.ErrNotFound) {
		return nil, notFound("There is no project of this id: GET /api/v1/projects lists them.").because(err)
	}
	if err != nil {
		return nil, err
	}
	changes, err := h.Mirror.Changes(ctx, projectID, before, p.limit())
	if err != nil {
		return nil, err
	}
	changes, next := cut(p, changes, func(c *project.Change) []string { return numberKey(c.ID) })
	return openapi.GetProject200JSONResponse{
		Project: rowView(&row.Row), ContentHash: hex.EncodeToString(row.ContentHash), Payload: row.Payload,
		Changes: changeViews(changes), NextPageToken: next,
	}, nil
}
