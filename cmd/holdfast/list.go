package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"holdfast/internal/openapi"
)

// maxPage is the largest page that the API gives.
const maxPage = 500

// collect reads pages until the limit is reached; next is the token of the page
// behind them, if there is one.
func collect[T any](limit int, read func(size int, token *string) ([]T, *string, error)) (list []T, next *string, err error) {
	list = []T{} // [] in JSON, not null
	for {
		var page []T
		page, next, err = read(min(maxPage, limit-len(list)), next)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, page...)
		if next == nil || len(list) >= limit {
			return list, next, nil
		}
	}
}

// more says that a list goes on behind its limit.
const more = "… and more: raise --limit\n"

// printPage prints pages as the API would give them in one. That there is more
// is told besides: whoever reads the output need not look at the token.
func (a *app) printPage(page any, next *string) error {
	if err := a.printJSON(page); err != nil {
		return err
	}
	if next != nil {
		_, err := io.WriteString(a.notes, more)
		return err
	}
	return nil
}

// table prints rows in columns, and whether there is more.
func (a *app) table(header string, rows [][]string, next *string) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0) //nolint:mnd // two spaces between columns
	fmt.Fprintln(w, strings.Join(strings.Fields(header), "\t"))
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if next != nil {
		_, err := io.WriteString(a.out, more)
		return err
	}
	return nil
}

func listJobs(ctx context.Context, a *app) error {
	params := openapi.ListJobsParams{Source: given(a.source), Status: (*openapi.JobStatus)(given(a.status))}
	jobs, next, err := collect(a.limit, func(size int, token *string) ([]openapi.Job, *string, error) {
		params.PageSize, params.PageToken = &size, token
		response, err := a.client.ListJobsWithResponse(ctx, &params)
		if err != nil {
			return nil, nil, err
		}
		page, err := shown(response.JSON200)
		if err != nil {
			return nil, nil, err
		}
		return page.Jobs, page.NextPageToken, nil
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.printPage(openapi.JobList{Jobs: jobs, NextPageToken: next}, next)
	}
	rows := make([][]string, len(jobs))
	for i := range jobs {
		j := &jobs[i]
		rows[i] = []string{j.ID, j.Source, string(j.Status), stamp(&j.CreatedAt), grouped(j.Progress.Seen), orDash(lastError(j))}
	}
	return a.table("JOB SOURCE STATUS CREATED ROWS ERROR", rows, next)
}

func lastError(job *openapi.Job) string {
	if job.Error == nil {
		return ""
	}
	return job.Error.Code
}

func listEvents(ctx context.Context, a *app) error {
	params := openapi.ListEventsParams{}
	events, next, err := collect(a.limit, func(size int, token *string) ([]openapi.Event, *string, error) {
		params.PageSize, params.PageToken = &size, token
		response, err := a.client.ListEventsWithResponse(ctx, a.args[0], &params)
		if err != nil {
			return nil, nil, err
		}
		page, err := shown(response.JSON200)
		if err != nil {
			return nil, nil, err
		}
		return page.Events, page.NextPageToken, nil
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.printPage(openapi.EventList{Events: events, NextPageToken: next}, next)
	}
	rows := make([][]string, len(events))
	for i := range events {
		e := &events[i]
		part := "-"
		if e.Partition != nil {
			part = *e.Partition
		}
		rows[i] = []string{stamp(&e.At), e.Kind, e.Code, part, oneLine(e.Message)}
	}
	return a.table("AT KIND CODE PART MESSAGE", rows, next)
}

func listSources(ctx context.Context, a *app) error {
	response, err := a.client.ListSourcesWithResponse(ctx)
	if err != nil {
		return err
	}
	list, err := shown(response.JSON200)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(list)
	}
	rows := make([][]string, len(list.Sources))
	for i := range list.Sources {
		rows[i] = sourceRow(&list.Sources[i])
	}
	return a.table("SOURCE KIND ROWS LAST-JOB LAST-SUCCESS WARNING", rows, nil)
}

func sourceRow(s *openapi.Source) []string {
	row := []string{s.Name, s.Kind, "-", "-", "-", "-"}
	if s.LiveRows != nil {
		row[2] = grouped(s.LiveRows.Count)
	}
	if s.LastJob != nil {
		row[3] = string(s.LastJob.Status)
	}
	if s.LastSuccess != nil {
		row[4] = stamp(&s.LastSuccess.FinishedAt)
	}
	if s.Warning != nil {
		row[5] = oneLine(*s.Warning)
	}
	if !s.Enabled {
		row[5] = "disabled"
	}
	return row
}

func listProjects(ctx context.Context, a *app) error {
	params := openapi.ListProjectsParams{Source: given(a.source), Q: given(a.search)}
	if a.deleted {
		params.IncludeDeleted = &a.deleted
	}
	projects, next, err := collect(a.limit, func(size int, token *string) ([]openapi.Project, *string, error) {
		params.PageSize, params.PageToken = &size, token
		response, err := a.client.ListProjectsWithResponse(ctx, &params)
		if err != nil {
			return nil, nil, err
		}
		page, err := shown(response.JSON200)
		if err != nil {
			return nil, nil, err
		}
		return page.Projects, page.NextPageToken, nil
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.printPage(openapi.ProjectList{Projects: projects, NextPageToken: next}, next)
	}
	return a.table("ID SOURCE PATH NAME CHANGED DELETED", projectRows(projects), next)
}

func projectRows(projects []openapi.Project) [][]string {
	rows := make([][]string, len(projects))
	for i := range projects {
		p := &projects[i]
		rows[i] = []string{p.ID, p.Source, oneLine(p.FullPath), oneLine(p.Name), stamp(&p.LastChangedAt), stamp(p.DeletedAt)}
	}
	return rows
}

// given turns a flag that was not set into nil.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// stamp shows a time in the zone of whoever looks.
func stamp(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.Local().Format(time.DateTime) //nolint:gosmopolitan // for the one who looks
}

// oneLine keeps a text of some service in its row: control characters, the
// escape sequences of terminals among them, become spaces.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 }), " ")
}
