package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"

	"holdfast/internal/openapi"
)

// startSync asks for jobs and, with --watch, follows them. It always sends a
// key, so that a try whose answer was lost can be repeated.
func startSync(ctx context.Context, a *app) error {
	params := &openapi.StartSyncParams{IdempotencyKey: new(cmp.Or(a.key, uuid.NewString()))}
	body := openapi.SyncRequest{}
	if len(a.args) > 0 {
		body.Sources = &a.args
	}
	response, err := patiently(ctx, a, firstPatience, func() (*openapi.StartSyncResponse, error) {
		return a.client.StartSyncWithResponse(ctx, params, body)
	})
	if err != nil {
		return err
	}
	started, err := shown(response.JSON202)
	if err != nil {
		return err
	}
	return a.follow(ctx, started, started.Jobs)
}

// retryJob runs a job again.
func retryJob(ctx context.Context, a *app) error {
	params := &openapi.RetryJobParams{IdempotencyKey: new(cmp.Or(a.key, uuid.NewString()))}
	response, err := patiently(ctx, a, firstPatience, func() (*openapi.RetryJobResponse, error) {
		return a.client.RetryJobWithResponse(ctx, a.args[0], params)
	})
	if err != nil {
		return err
	}
	job, err := shown(response.JSON202)
	if err != nil {
		return err
	}
	return a.follow(ctx, job, []openapi.Job{*job})
}

// cancelJob asks a job to stop.
func cancelJob(ctx context.Context, a *app) error {
	response, err := a.client.CancelJobWithResponse(ctx, a.args[0])
	if err != nil {
		return err
	}
	job, err := shown(response.JSON202)
	if err != nil {
		return err
	}
	err = a.follow(ctx, job, []openapi.Job{*job})
	if job.CancelRequestedAt != nil && errors.Is(err, errJobFailed) {
		return nil // that it did not succeed is what was asked for
	}
	return err
}

// follow prints the jobs that were begun, as JSON the answer that told of them,
// or watches them one after the other to their end.
func (a *app) follow(ctx context.Context, answer any, jobs []openapi.Job) error {
	if !a.watch {
		if a.json {
			return a.printJSON(answer)
		}
		return a.printJobs(jobs)
	}
	var failed error
	for i := range jobs {
		err := a.watchJob(ctx, jobs[i].ID)
		if err != nil && !errors.Is(err, errJobFailed) {
			return err
		}
		failed = cmp.Or(failed, err)
	}
	return failed
}

// printJobs says where to look next.
func (a *app) printJobs(jobs []openapi.Job) error {
	var b strings.Builder
	for i := range jobs {
		j := &jobs[i]
		note := ""
		if j.Coalesced {
			note = " (was already queued)"
		}
		fmt.Fprintf(&b, "%s  %s  %s%s\n", j.ID, j.Source, j.Status, note)
	}
	_, err := io.WriteString(a.out, b.String())
	return err
}
