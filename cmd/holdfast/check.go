package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/internal/checkreport"
	"holdfast/internal/openapi"
	"holdfast/internal/project"
)

const (
	// checkPatience is how long a worker's answer is waited for: a service may
	// take 30 seconds, and a worker may be busy.
	checkPatience = time.Minute
	// checkLook is the share of it in one request.
	checkLook = "20s"
)

// errCheckFailed is returned for a source that cannot be read; what there is to
// say about it has been printed.
var errCheckFailed = errors.New("the source cannot be read")

// checkSource has a worker check a source, and prints what it found.
func checkSource(ctx context.Context, a *app) error {
	check, err := a.startCheck(ctx, a.args[0])
	if err != nil {
		return err
	}
	begin := time.Now()
	for check.FinishedAt == nil {
		if time.Since(begin) >= checkPatience {
			return &unansweredError{check: check.ID}
		}
		a.screen.note("no worker has answered yet; still waiting")
		if check, err = a.lookAtCheck(ctx, check.ID); err != nil {
			return err
		}
	}
	if err := a.printCheck(check); err != nil {
		return err
	}
	if check.Status != openapi.SourceCheckStatusOk {
		return errCheckFailed
	}
	return nil
}

func (a *app) startCheck(ctx context.Context, source string) (*openapi.SourceCheck, error) {
	response, err := a.client.CheckSourceWithResponse(ctx, source, &openapi.CheckSourceParams{Wait: new(checkLook)})
	if err != nil {
		return nil, err
	}
	if response.JSON202 != nil {
		return shown(response.JSON202)
	}
	return shown(response.JSON200)
}

func (a *app) lookAtCheck(ctx context.Context, id string) (*openapi.SourceCheck, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(breath):
	}
	response, err := patiently(ctx, a, firstPatience, func() (*openapi.GetCheckResponse, error) {
		return a.client.GetCheckWithResponse(ctx, id, &openapi.GetCheckParams{Wait: new(checkLook)})
	})
	if err != nil {
		return nil, err
	}
	return shown(response.JSON200)
}

func (a *app) printCheck(check *openapi.SourceCheck) error {
	if a.json {
		return a.printJSON(check)
	}
	return checkreport.Write(a.out, check.Source, reportOf(check.Report), (*project.JobError)(check.Error))
}

// reportOf is the report as the domain has it.
func reportOf(r *openapi.SourceReport) *project.SourceReport {
	if r == nil {
		return nil
	}
	report := &project.SourceReport{
		Service: r.Service, Scopes: r.Scopes, Missing: r.Missing, Projects: r.Projects, Notes: r.Notes,
	}
	if r.Account != nil {
		report.Account = *r.Account
	}
	return report
}

// unansweredError is a check that no worker has answered.
type unansweredError struct{ check string }

// Error says what is probably wrong.
func (e *unansweredError) Error() string {
	return fmt.Sprintf("no worker has answered within %s: is holdfast-worker running? (check %s)", checkPatience, e.check)
}
