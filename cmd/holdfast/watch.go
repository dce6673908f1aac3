package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"holdfast/internal/openapi"
)

const (
	// wait is how long the API may hold a poll back while nothing changes, and
	// pollTimeout how long its answer may take altogether.
	wait        = "25s"
	pollTimeout = 40 * time.Second
	// breath keeps polls apart that are answered at once: by an API that
	// drains, or a proxy that knows no waiting.
	breath = 100 * time.Millisecond
)

// showStatus shows a job, or with --watch its progress to its end.
func showStatus(ctx context.Context, a *app) error {
	if a.watch {
		return a.watchJob(ctx, a.args[0])
	}
	response, err := a.client.GetJobWithResponse(ctx, a.args[0], nil)
	if err != nil {
		return err
	}
	job, err := shown(response.JSON200)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(job)
	}
	return a.printSummary(job)
}

// watchJob draws a job's progress until it has finished, over restarts of the
// API and of its database.
func (a *app) watchJob(ctx context.Context, id string) error {
	var job *openapi.Job
	tag := ""
	for {
		newer, newTag, err := a.poll(ctx, id, tag)
		if err != nil {
			return err
		}
		if newer != nil {
			job, tag = newer, newTag
		}
		if err := a.show(job, newer != nil); err != nil {
			return err
		}
		if finished(job) {
			return a.outcome(job)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(breath):
		}
	}
}

// poll returns the job when it is another than the tag's, else nil.
func (a *app) poll(ctx context.Context, id, tag string) (*openapi.Job, string, error) {
	params, limit := &openapi.GetJobParams{}, time.Duration(0)
	if tag != "" {
		params.Wait, params.IfNoneMatch, limit = new(wait), &tag, patience
	}
	response, err := patiently(ctx, a, limit, func() (*openapi.GetJobResponse, error) {
		ctx, cancel := context.WithTimeout(ctx, pollTimeout)
		defer cancel()
		defer func() { params.Wait = nil }() // an API that is back is to say so at once
		return a.client.GetJobWithResponse(ctx, id, params)
	})
	if err != nil {
		return nil, "", err
	}
	if tag != "" && response.HTTPResponse.StatusCode == http.StatusNotModified {
		return nil, tag, nil
	}
	job, err := shown(response.JSON200)
	return job, response.HTTPResponse.Header.Get("ETag"), err
}

// show draws the job: as JSON only another version of it, on the screen also
// the one that is known, in place of a note that the API does not answer.
func (a *app) show(job *openapi.Job, changed bool) error {
	if a.json && changed {
		return json.NewEncoder(a.out).Encode(job)
	}
	a.screen.progress(job, changed)
	return nil
}

// outcome prints what became of the job.
func (a *app) outcome(job *openapi.Job) error {
	if !a.json {
		if err := a.printSummary(job); err != nil {
			return err
		}
	}
	if job.Status != openapi.JobStatusSucceeded {
		return errJobFailed
	}
	return nil
}

func finished(job *openapi.Job) bool {
	switch job.Status {
	case openapi.JobStatusSucceeded, openapi.JobStatusFailed, openapi.JobStatusCancelled:
		return true
	case openapi.JobStatusQueued, openapi.JobStatusRunning, openapi.JobStatusWaiting:
	}
	return false
}
