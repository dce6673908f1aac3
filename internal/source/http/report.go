package httpapi

import (
	"context"
	"fmt"
	"mime"

	"holdfast/internal/source"
)

// Check reads the first page as a listing does, its way on included, and says
// what the options find in it. Who the credentials belong to, nobody can ask a
// service that is not known.
func (s *httpSource) Check(ctx context.Context) (source.Report, error) {
	at := position{Listing: s.listing}
	first, err := s.fetch(ctx, at)
	if err != nil {
		return source.Report{}, err
	}
	evaluation, cancel := limited(ctx)
	defer cancel()
	_, last, err := s.advance(evaluation, at, first)
	if err != nil {
		return source.Report{}, err
	}
	projects, notes, err := source.Inspect(ctx, s, first.records)
	if err != nil {
		return source.Report{}, err
	}
	report := source.Report{Service: first.Place(), Projects: first.total, Notes: append([]string{describe(first, last)}, notes...)}
	switch {
	case first.total != nil:
	case last:
		report.Projects = &projects
	case s.total != nil || s.totalHeader != "":
		report.Notes = append(report.Notes, "the answer states no total where pagination says it is, so progress will have none")
	default:
		report.Notes = append(report.Notes,
			"no total is configured, so progress will have none: set pagination.total or total_header if the service states one")
	}
	return report, nil
}

// describe tells what came and whether more follows.
func describe(a *answer, last bool) string {
	mediaType, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	follows := "another page follows"
	if last {
		follows = "no page follows"
	}
	return fmt.Sprintf("the first page came with status %d as %s and has %d records; %s", a.Status, mediaType, len(a.records), follows)
}

// An interface that only a type assertion would otherwise hold.
var _ source.Checker = (*httpSource)(nil)
