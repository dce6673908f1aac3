package jira_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
	"holdfast/internal/source/jira"
	"holdfast/internal/source/sourcetest"
)

// TestWrongCredentialIsNoEmptyListing has a Jira that answers strangers.
func TestWrongCredentialIsNoEmptyListing(t *testing.T) {
	t.Parallel()
	for _, driver := range []source.Driver{jira.CloudDriver(), jira.DataCenterDriver()} {
		t.Run(driver.Kind, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, []string{"1", "2"})
			src := service(t, f, driver, "").New(t)
			plan, err := src.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			f.authorization, f.lenient = "Basic other", true
			if _, err := src.Plan(t.Context()); source.KindOf(err) != source.Configuration {
				t.Errorf("plan: got %v", err)
			}
			for page, err := range src.List(t.Context(), plan.Partitions[0], "") {
				if e, ok := errors.AsType[*source.Error](err); !ok || e.Code != "unauthorized" || strings.Contains(fmt.Sprint(e.Sample, e), token) {
					t.Errorf("got %+v, %v", page, err)
				}
			}
		})
	}
}

// TestAnonymousHeader is Data Center's way to say whom it answered.
func TestAnonymousHeader(t *testing.T) {
	t.Parallel()
	server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Ausername", "anonymous")
		if r.URL.Path == "/rest/api/2/myself" {
			_, _ = w.Write([]byte(`{"name":"ann"}`))
			return
		}
		_, _ = w.Write([]byte(`[]`))
	}))
	if _, err := list(t, mustOpen(t, jira.DataCenterDriver(), "url: "+server.URL+"\n"+dataCenterLogin), ""); source.KindOf(err) != source.Configuration {
		t.Errorf("got %v", err)
	}
	if l, err := list(t, mustOpen(t, jira.DataCenterDriver(), "url: "+server.URL+"\n"), ""); err != nil || l.pages != 1 {
		t.Errorf("without credentials: %+v, %v", l, err)
	}
}

func TestRefusalsSayWhatToMend(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		driver source.Driver
		login  string
		status int
		header map[string]string
		kind   source.Kind
		want   string
	}{
		"cloud, bad token":     {jira.CloudDriver(), cloudLogin, 401, nil, source.Configuration, "id.atlassian.com"},
		"cloud, anonymous":     {jira.CloudDriver(), "", 401, nil, source.Configuration, "email and token"},
		"cloud, no access":     {jira.CloudDriver(), cloudLogin, 403, nil, source.Configuration, "read:jira-work"},
		"cloud, nothing there": {jira.CloudDriver(), cloudLogin, 404, nil, source.Configuration, "Browse projects"},
		"cloud, removed":       {jira.CloudDriver(), cloudLogin, 410, nil, source.Configuration, "410"},
		"cloud, limited":       {jira.CloudDriver(), cloudLogin, 429, map[string]string{"Retry-After": "9"}, source.RateLimit, "rate"},
		"cloud, limited by 403": {jira.CloudDriver(), cloudLogin, 403, map[string]string{"Retry-After": "9"},
			source.RateLimit, "rate"},
		"cloud, busy":            {jira.CloudDriver(), cloudLogin, 503, map[string]string{"Retry-After": "9"}, source.Transient, "503"},
		"data center, bad token": {jira.DataCenterDriver(), dataCenterLogin, 401, nil, source.Configuration, "Personal Access Tokens"},
		"data center, anonymous": {jira.DataCenterDriver(), "", 401, nil, source.Configuration, "personal access token"},
		"data center, no access": {jira.DataCenterDriver(), dataCenterLogin, 403, nil, source.Configuration, "Browse Projects"},
		"data center, limited by 403": {jira.DataCenterDriver(), dataCenterLogin, 403, map[string]string{"Retry-After": "9"},
			source.RateLimit, "rate"},
		"data center, captcha": {jira.DataCenterDriver(), "username: ann\npassword: ${P}\n", 403,
			map[string]string{"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE; login-url=https://h/login.jsp"}, source.Configuration, "CAPTCHA"},
		"data center, wrong url": {jira.DataCenterDriver(), dataCenterLogin, 404, nil, source.Configuration, "/jira"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for header, value := range tc.header {
					w.Header().Set(header, value)
				}
				http.Error(w, `{"errorMessages":[]}`, tc.status)
			}))
			_, err := list(t, mustOpen(t, tc.driver, "url: "+server.URL+"\n"+tc.login), "")
			e, ok := errors.AsType[*source.Error](err)
			if !ok || e.Kind != tc.kind || !strings.Contains(e.Message, tc.want) {
				t.Fatalf("got %+v, want %s with %q", err, tc.kind, tc.want)
			}
			if tc.header["Retry-After"] != "" && e.RetryAfter.Seconds() != 9 {
				t.Errorf("waits %s", e.RetryAfter)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const browsable = "only projects that the account may browse are listed"
	for _, tc := range []struct {
		driver source.Driver
		want   source.Report
	}{
		{jira.CloudDriver(), source.Report{Service: "Jira Cloud", Account: "Ann Lee (ann@example.com)", Projects: new(int64(2)), Notes: []string{browsable}}},
		{jira.DataCenterDriver(), source.Report{Service: "Jira 9.12.15", Account: "Ann Lee (ann@example.com)", Projects: new(int64(2)), Notes: []string{browsable}}},
	} {
		t.Run(tc.driver.Kind, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, []string{"1", "2"})
			checker := service(t, f, tc.driver, "").New(t).(source.Checker)
			got, err := checker.Check(t.Context())
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
			f.Change(func() { clear(f.Versions) })
			if got, err = checker.Check(t.Context()); err != nil || len(got.Notes) != 2 {
				t.Errorf("with nothing to see: %+v, %v", got, err)
			}
			f.authorization = "none"
			if _, err = checker.Check(t.Context()); source.KindOf(err) != source.Configuration {
				t.Errorf("with a bad token: %v", err)
			}
		})
	}
}
