package github_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

const (
	secondary = `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again.","documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`
	primary   = `{"message":"API rate limit exceeded for user ID 1."}`
	plain     = `{"message":"Must have admin rights to Repository."}`
)

// refusing is a service that answers all with one refusal.
func refusing(t *testing.T, status int, header map[string]string, body string) *sourcetest.Server {
	t.Helper()
	return sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
}

// refusal asks for a plan and returns the error that must come.
func refusal(t *testing.T, src source.Source) *source.Error {
	t.Helper()
	_, err := src.Plan(t.Context())
	e, ok := errors.AsType[*source.Error](err)
	if !ok {
		t.Fatalf("got %v, want a source.Error", err)
	}
	if strings.Contains(fmt.Sprintf("%+v", e), token) {
		t.Errorf("the error shows the credential: %+v", e)
	}
	return e
}

// TestRateLimits tells the two kinds from each other and from refusals. Every
// answer of GitHub's tells when the hour of the primary limit ends.
func TestRateLimits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	headers := func(remaining string, more ...string) map[string]string {
		h := map[string]string{
			"Date": now.Format(http.TimeFormat), "X-Ratelimit-Limit": "5000",
			"X-Ratelimit-Remaining": remaining, "X-Ratelimit-Reset": strconv.FormatInt(now.Add(40*time.Minute).Unix(), 10),
		}
		for i := 0; i < len(more); i += 2 {
			h[more[i]] = more[i+1]
		}
		return h
	}
	tests := map[string]struct {
		status int
		header map[string]string
		body   string
		code   string
		wait   time.Duration
	}{
		"primary as 403":                  {403, headers("0"), primary, "rate_limited", 40 * time.Minute},
		"primary as 429":                  {429, headers("0"), primary, "rate_limited", 40 * time.Minute},
		"primary without its end":         {403, map[string]string{"X-Ratelimit-Remaining": "0"}, primary, "rate_limited", time.Minute},
		"secondary with Retry-After":      {403, headers("4000", "Retry-After", "90"), secondary, "secondary_rate_limit", 90 * time.Second},
		"secondary with it, as 429":       {429, headers("4000", "Retry-After", "5"), plain, "secondary_rate_limit", 5 * time.Second},
		"secondary by its text":           {403, headers("4000"), secondary, "secondary_rate_limit", time.Minute},
		"secondary by its page":           {403, headers("4000"), `{"message":"Wait.","documentation_url":"https://h/rest#secondary-rate-limits"}`, "secondary_rate_limit", time.Minute},
		"abuse detection of old":          {403, headers("4000"), `{"message":"You have triggered an abuse detection mechanism."}`, "secondary_rate_limit", time.Minute},
		"429 that says nothing":           {429, headers("4000"), `{}`, "secondary_rate_limit", time.Minute},
		"403 that is a refusal":           {403, headers("4000"), plain, "forbidden", 0},
		"403 without limits (Enterprise)": {403, nil, plain, "forbidden", 0},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := refusing(t, tc.status, tc.header, tc.body)
			e := refusal(t, mustOpen(t, "url: "+server.URL+"\ntoken: ${TOKEN}\norg: acme\n"))
			kind := source.RateLimit
			if tc.code == "forbidden" {
				kind = source.Configuration
			}
			if e.Kind != kind || e.Code != tc.code || e.RetryAfter != tc.wait {
				t.Errorf("got %s, %s, wait %s; want %s, %s, %s", e.Kind, e.Code, e.RetryAfter, kind, tc.code, tc.wait)
			}
		})
	}
}

// TestRefusalsNameWhatIsMissing for each kind of token.
func TestRefusalsNameWhatIsMissing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		yaml   string
		status int
		header map[string]string
		code   string
		want   []string
	}{
		"bad token":     {"token: ${TOKEN}\norg: acme", 401, nil, "unauthorized", []string{"wrong, expired or revoked"}},
		"no token":      {"org: acme", 401, nil, "unauthorized", []string{"without a token"}},
		"no such org":   {"token: ${TOKEN}\norg: acme", 404, nil, "not_found", []string{"no such organization", "/api/v3"}},
		"no such user":  {"user: ann", 404, nil, "not_found", []string{"no such user", "/api/v3"}},
		"wrong url":     {"token: ${TOKEN}", 404, nil, "not_found", []string{"/api/v3"}},
		"gone":          {"org: acme", 410, nil, "gone", []string{"410"}},
		"wrong method":  {"org: acme", 405, nil, "method_not_allowed", []string{"405"}},
		"bad parameter": {"org: acme", 422, nil, "bad_request", []string{"422"}},
		"no limit left without a token": {"org: acme", 403, map[string]string{"X-Ratelimit-Remaining": "0"}, "rate_limited",
			[]string{"60 an hour"}},
		"single sign-on": {"token: ${TOKEN}\norg: acme", 403, map[string]string{"X-Github-Sso": "required; url=https://github.com/orgs/acme/sso?authorization_request=x"},
			"sso_required", []string{"single sign-on", "Configure SSO"}},
		"classic token": {"token: ${TOKEN}\norg: acme", 403, map[string]string{"X-Oauth-Scopes": "gist, user", "X-Accepted-Oauth-Scopes": "repo, read:org"},
			"missing_scope", []string{"repo or read:org", "gist, user"}},
		"classic token without scopes": {"token: ${TOKEN}\norg: acme", 403, map[string]string{"X-Oauth-Scopes": "", "X-Accepted-Oauth-Scopes": "repo"},
			"missing_scope", []string{"scope repo", "it has: none"}},
		"classic token that has it": {"token: ${TOKEN}\norg: acme", 403, map[string]string{"X-Oauth-Scopes": "repo", "X-Accepted-Oauth-Scopes": "repo"},
			"forbidden", []string{"403"}},
		"fine-grained token": {"token: ${TOKEN}\norg: acme", 403, map[string]string{"X-Accepted-Github-Permissions": "metadata=read"},
			"missing_permission", []string{"metadata=read"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := refusing(t, tc.status, tc.header, plain)
			e := refusal(t, mustOpen(t, "url: "+server.URL+"\n"+tc.yaml+"\n"))
			if e.Code != tc.code || e.Sample == "" {
				t.Errorf("got %s with the sample %q, want %s", e.Code, e.Sample, tc.code)
			}
			for _, want := range tc.want {
				if !strings.Contains(e.Message, want) {
					t.Errorf("%q is not in %q", want, e.Message)
				}
			}
		})
	}
}

func TestSignInPageIsAConfigurationError(t *testing.T) {
	t.Parallel()
	server := refusing(t, 203, map[string]string{"Content-Type": "text/html"}, "<html>")
	if e := refusal(t, mustOpen(t, "url: "+server.URL+"\norg: acme\n")); e.Kind != source.Configuration || e.Code != "sign_in_page" {
		t.Errorf("got %+v", e)
	}
}

// TestPartialListingsAreRefused: they answer 200, and what a token may not see
// would look deleted.
func TestPartialListingsAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		yaml   string
		header http.Header
		code   string
	}{
		"single sign-on":             {"", http.Header{"X-Github-Sso": {"partial-results; organizations=21955855,20582480"}}, "sso_partial"},
		"token without repo":         {"", http.Header{"X-Oauth-Scopes": {"public_repo, gist"}}, "missing_scope"},
		"token without any scope":    {"org: acme", http.Header{"X-Oauth-Scopes": {""}}, "missing_scope"},
		"token with repo":            {"", http.Header{"X-Oauth-Scopes": {"gist, repo"}}, ""},
		"public only":                {"visibility: public", http.Header{"X-Oauth-Scopes": {"gist"}}, ""},
		"another user's, all public": {"user: ann", http.Header{"X-Oauth-Scopes": {"gist"}}, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := many(t, 3)
			f.header = tc.header
			src := service(t, f, tc.yaml+"\n").New(t)
			if tc.code == "" {
				if got := listAll(t, src); len(got) != 3 {
					t.Errorf("listed %v", got)
				}
				return
			}
			if e := refusal(t, src); e.Kind != source.Configuration || e.Code != tc.code {
				t.Errorf("got %+v, want %s", e, tc.code)
			}
		})
	}
}
