package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"holdfast/internal/api"
	"holdfast/internal/openapi"
)

const checkPath = "/api/v1/sources/gitlab/check"

// checker plays the worker: it answers a check as soon as it is started.
type checker struct {
	api.Checker

	b      *bundle
	answer string
}

func (c *checker) StartCheck(ctx context.Context, source, caller string) (string, error) {
	id, err := c.Checker.StartCheck(ctx, source, caller)
	c.b.answerCheck(id, c.answer)
	return id, err
}

// answerCheck answers a check, as a worker does, with a report or an error.
func (b *bundle) answerCheck(id, set string) {
	b.tb.Helper()
	b.exec("update source_checks set finished_at = now(), "+set+" where id = $1", id)
}

func TestCheckSource(t *testing.T) {
	t.Parallel()
	worker := &checker{}
	b := setup(t, func(d *api.Deps) { worker.Checker = d.Checker; d.Checker = worker })
	worker.b = b

	worker.answer = `report = '{"service":"GitLab 17.5","account":"ann","scopes":["read_api"],"projects":4000}'`
	got := decode[openapi.SourceCheck](b.post(checkPath, "").want(http.StatusOK))
	want := &openapi.SourceReport{
		Service: "GitLab 17.5", Account: new("ann"), Scopes: []string{"read_api"}, Missing: []string{}, Projects: new(int64(4000)), Notes: []string{},
	}
	if diff := cmp.Diff(want, got.Report); got.Status != openapi.SourceCheckStatusOk || got.Error != nil || got.Source != "gitlab" || diff != "" {
		t.Errorf("check %+v; report (-want +got):\n%s", got, diff)
	}
	if caller := scan[string](b, "select caller from source_checks"); caller != "anonymous" {
		t.Errorf("caller %q", caller)
	}

	worker.answer = `report = '{"service":"GitHub","missing":["repo"]}'`
	if got := decode[openapi.SourceCheck](b.post(checkPath, "").want(http.StatusOK)); got.Status != openapi.SourceCheckStatusFailed {
		t.Errorf("rights are missing, and the check is %s", got.Status)
	}

	worker.answer = `error = '{"code":"unauthorized","message":"make a token","retryable":false,"at":"2026-11-23T08:00:00Z"}'`
	got = decode[openapi.SourceCheck](b.post(checkPath, "").want(http.StatusOK))
	if got.Status != openapi.SourceCheckStatusFailed || got.Report != nil || got.Error == nil || got.Error.Code != "unauthorized" {
		t.Errorf("check %+v", got)
	}
	if jobs := scan[int](b, "select count(*) from sync_jobs"); jobs != 0 {
		t.Errorf("a check made %d jobs", jobs)
	}
}

func TestCheckWithoutWorker(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.post(checkPath+"?wait=0s", "").want(http.StatusAccepted)
	path := a.header.Get("Location")
	check := decode[openapi.SourceCheck](a)
	if check.Status != openapi.SourceCheckStatusRunning || path != "/api/v1/checks/"+check.ID {
		t.Errorf("check %+v at %q", check, path)
	}
	if after := b.get(path + "?wait=400ms").want(http.StatusOK).header.Get("Retry-After"); after != "1" {
		t.Errorf("a check that runs, with Retry-After %q", after)
	}
	answers := b.poll(path + "?wait=60s")
	begin := time.Now()
	b.answerCheck(check.ID, `report = '{"service":"GitLab"}'`)
	a = (<-answers).want(http.StatusOK)
	if got := decode[openapi.SourceCheck](a); got.Status != openapi.SourceCheckStatusOk || a.header.Get("Retry-After") != "" {
		t.Errorf("check %+v, Retry-After %q", got, a.header.Get("Retry-After"))
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("answered after %s", took)
	}
}

// A drain ends the wait: the client comes back and finds the answer elsewhere.
func TestCheckEndsWithDrain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.server.Drain()
	b.post(checkPath+"?wait=60s", "").want(http.StatusAccepted)
}

func TestCheckRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, test := range []struct {
		method, path string
		status       int
		code, part   string
	}{
		{http.MethodPost, "/api/v1/sources/gitlba/check", 404, "unknown_source", "gitlab, files"},
		{http.MethodPost, "/api/v1/sources/old/check", 422, "source_disabled", "enabled: false"},
		{http.MethodPost, checkPath + "?wait=long", 400, "invalid_parameter", "from 0s to 60s"},
		{http.MethodPost, checkPath + "?timeout=1s", 400, "unknown_parameter", "wait"},
		{http.MethodGet, checkPath, 405, "method_not_allowed", "POST"},
		{http.MethodGet, "/api/v1/checks/1", 400, "invalid_id", "A check's id is a UUID"},
		{http.MethodGet, "/api/v1/checks/" + uuid.NewString(), 404, "not_found", "kept for a day"},
		{http.MethodGet, "/api/v1/checks/" + uuid.NewString() + "?wait=2m", 400, "invalid_parameter", "from 0s to 60s"},
	} {
		a := b.call(test.method, test.path, "").want(test.status)
		if a.code() != test.code || !strings.Contains(decode[openapi.Problem](a).Detail, test.part) {
			t.Errorf("%s %s: %s", test.method, test.path, a.body)
		}
	}
	if n := scan[int](b, "select count(*) from source_checks"); n != 0 {
		t.Errorf("%d checks were started by refused requests", n)
	}
}

func TestCheckNeedsOperator(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *api.Deps) {
		d.Tokens = []api.Token{{Name: "ci", Secret: "operator-token", Role: api.Operator}, {Name: "ann", Secret: "reader-token", Role: api.Reader}}
	})
	b.post(checkPath, "", "Authorization", "Bearer reader-token").want(http.StatusForbidden)
	path := b.post(checkPath+"?wait=0s", "", "Authorization", "Bearer operator-token").want(http.StatusAccepted).header.Get("Location")
	b.get(path, "Authorization", "Bearer reader-token").want(http.StatusOK)
	b.get(path).want(http.StatusUnauthorized)
}
