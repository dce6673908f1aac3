package api

import (
	"strconv"

	"holdfast/internal/openapi"
	"holdfast/internal/project"
)

// number shows an id of Holdfast's own: as text, because JavaScript rounds
// numbers above 2^53.
func number(n int64) string { return strconv.FormatInt(n, 10) }

// numberKey is the key of an element that is ordered by such an id.
func numberKey(n int64) []string { return []string{number(n)} }

func rowViews(rows []project.Row) []openapi.Project {
	views := make([]openapi.Project, len(rows))
	for i := range rows {
		views[i] = rowView(&rows[i])
	}
	return views
}

func rowView(r *project.Row) openapi.Project {
	return openapi.Project{
		ID:             number(r.ID),
		Source:         r.Source,
		ExternalID:     r.ExternalID,
		Name:           r.Name,
		FullPath:       r.FullPath,
		Description:    r.Description,
		WebURL:         r.WebURL,
		Visibility:     r.Visibility,
		Archived:       r.Archived,
		DefaultBranch:  r.DefaultBranch,
		Owner:          r.Owner,
		Topics:         r.Topics,
		Language:       r.Language,
		License:        r.License,
		Stars:          r.Stars,
		Forks:          r.Forks,
		CreatedAt:      utc(r.CreatedAt),
		UpdatedAt:      utc(r.UpdatedAt),
		LastActivityAt: utc(r.LastActivityAt),
		FirstSeenAt:    r.FirstSeenAt.UTC(),
		LastChangedAt:  r.LastChangedAt.UTC(),
		DeletedAt:      utc(r.DeletedAt),
		DeletedReason:  r.DeletedReason,
		DeletedByJob:   r.DeletedByJob,
		Links:          openapi.ProjectLinks{Self: "/api/v1/projects/" + number(r.ID)},
	}
}

func changeViews(changes []project.Change) []openapi.Change {
	views := make([]openapi.Change, len(changes))
	for i, c := range changes {
		views[i] = openapi.Change{
			ID: number(c.ID), ChangedAt: c.ChangedAt.UTC(), Change: openapi.ChangeChange(c.Kind), JobID: c.JobID, Fields: c.Fields,
		}
	}
	return views
}
