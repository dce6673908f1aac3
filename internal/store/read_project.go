package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"holdfast/internal/project"
	"holdfast/internal/store/db"
)

// ProjectFilter chooses rows of a list.
type ProjectFilter struct {
	// Source is empty for all sources.
	Source string
	// Text is found in a row's name or full path, whatever its case.
	Text           string
	IncludeDeleted bool
	// AfterSource and AfterExternalID are of the last row that has been seen
	// already.
	AfterSource, AfterExternalID string
	Limit                        int
}

// ListProjects returns the rows that the filter chooses, by source and external
// id: the order of the table's unique index.
func (s *Store) ListProjects(ctx context.Context, filter ProjectFilter) ([]project.Row, error) {
	if filter.Source != "" {
		return s.projectsOfSource(ctx, filter)
	}
	rows, err := s.q.ProjectRows(ctx, db.ProjectRowsParams{
		AfterSource:     filter.AfterSource,
		AfterExternalID: filter.AfterExternalID,
		IncludeDeleted:  filter.IncludeDeleted,
		Pattern:         containing(filter.Text),
		PageSize:        int32(filter.Limit), //nolint:gosec // page sizes are small
	})
	if err != nil {
		return nil, fmt.Errorf("list projects: %w", err)
	}
	return rowsOf(rows), nil
}

func (s *Store) projectsOfSource(ctx context.Context, filter ProjectFilter) ([]project.Row, error) {
	rows, err := s.q.ProjectRowsOfSource(ctx, db.ProjectRowsOfSourceParams{
		Source:          filter.Source,
		AfterExternalID: filter.AfterExternalID,
		IncludeDeleted:  filter.IncludeDeleted,
		Pattern:         containing(filter.Text),
		PageSize:        int32(filter.Limit), //nolint:gosec // page sizes are small
	})
	if err != nil {
		return nil, fmt.Errorf("list projects of %q: %w", filter.Source, err)
	}
	return rowsOf(rows), nil
}

// Project returns one row, or an error that is [project.ErrNotFound].
func (s *Store) Project(ctx context.Context, id int64) (project.RowDetail, error) {
	r, err := s.q.ProjectRow(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return project.RowDetail{}, fmt.Errorf("project %d: %w", id, project.ErrNotFound)
	}
	if err != nil {
		return project.RowDetail{}, fmt.Errorf("read project %d: %w", id, err)
	}
	row := rowOf(&projectColumns{
		ID: r.ID, Source: r.Source, ExternalID: r.ExternalID, Name: r.Name, FullPath: r.FullPath,
		Description: r.Description, WebUrl: r.WebUrl, Visibility: r.Visibility, Archived: r.Archived,
		DefaultBranch: r.DefaultBranch, Owner: r.Owner, Topics: r.Topics, Language: r.Language, License: r.License,
		Stars: r.Stars, Forks: r.Forks, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, LastActivityAt: r.LastActivityAt,
		FirstSeenAt: r.FirstSeenAt, LastChangedAt: r.LastChangedAt,
		DeletedAt: r.DeletedAt, DeletedReason: r.DeletedReason, DeletedByJob: r.DeletedByJob,
	})
	return project.RowDetail{Row: row, Payload: r.Payload, ContentHash: r.ContentHash}, nil
}

// Changes returns the history of a row before the change with the id before,
// newest first.
func (s *Store) Changes(ctx context.Context, id, before int64, limit int) ([]project.Change, error) {
	rows, err := s.q.Changes(ctx, db.ChangesParams{
		ProjectID: id, Before: before, PageSize: int32(limit), //nolint:gosec // page sizes are small
	})
	if err != nil {
		return nil, fmt.Errorf("read changes of project %d: %w", id, err)
	}
	changes := make([]project.Change, 0, len(rows))
	for _, r := range rows {
		changes = append(changes, project.Change{ID: r.ID, JobID: r.JobID, ChangedAt: r.ChangedAt, Kind: r.Change, Fields: r.Fields})
	}
	return changes, nil
}

// containing is the pattern for "like" that finds the text anywhere, or empty.
func containing(text string) string {
	if text == "" {
		return ""
	}
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

// projectColumns is the shape that sqlc gives to every list of rows.
type projectColumns = db.ProjectRowsRow

// rowShape lists the types that sqlc makes for one and the same columns.
type rowShape interface {
	db.ProjectRowsRow | db.ProjectRowsOfSourceRow | db.HeldRowsRow | db.RowsDeletedByRow
}

func rowsOf[T rowShape](rows []T) []project.Row {
	out := make([]project.Row, 0, len(rows))
	for _, r := range rows {
		columns := projectColumns(r)
		out = append(out, rowOf(&columns))
	}
	return out
}

func rowOf(r *projectColumns) project.Row {
	return project.Row{
		ID:     r.ID,
		Source: r.Source,
		Project: project.Project{
			ExternalID: r.ExternalID, Name: r.Name, FullPath: r.FullPath, Description: r.Description, WebURL: r.WebUrl,
			Visibility: r.Visibility, Archived: r.Archived, DefaultBranch: r.DefaultBranch, Owner: r.Owner,
			Topics: r.Topics, Language: r.Language, License: r.License, Stars: r.Stars, Forks: r.Forks,
			CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, LastActivityAt: r.LastActivityAt,
		},
		FirstSeenAt: r.FirstSeenAt, LastChangedAt: r.LastChangedAt,
		DeletedAt: r.DeletedAt, DeletedReason: r.DeletedReason, DeletedByJob: r.DeletedByJob,
	}
}
