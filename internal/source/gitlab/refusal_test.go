package gitlab_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

// refusal is what planning makes of an answer without success.
func refusal(t *testing.T, options string, status int, header map[string]string, body string) *source.Error {
	t.Helper()
	server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	_, err := mustOpen(t, "url: "+server.URL+"\n"+options).Plan(t.Context())
	e, ok := errors.AsType[*source.Error](err)
	if !ok {
		t.Fatalf("got %v, want a source.Error", err)
	}
	if strings.Contains(e.Error()+e.Sample, token) {
		t.Errorf("the error shows the token: %v", e)
	}
	return e
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	const with = "token: ${TOKEN}\n"
	unauthorized, configuration := "unauthorized", source.Configuration
	for name, tc := range map[string]struct {
		options string
		status  int
		header  map[string]string
		body    string
		kind    source.Kind
		code    string
		want    string
	}{
		"wrong token":    {with, 401, nil, `{"message":"401 Unauthorized"}`, configuration, unauthorized, "the token is wrong"},
		"expired":        {with, 401, nil, `{"error":"invalid_token","error_description":"Token is expired. You can either do re-authorization or token refresh."}`, configuration, unauthorized, "the token is expired"},
		"revoked":        {with, 401, nil, `{"error":"invalid_token","error_description":"Token was revoked. You have to re-authorize from the user."}`, configuration, unauthorized, "the token is revoked"},
		"no token":       {"", 401, nil, `{"message":"401 Unauthorized"}`, configuration, unauthorized, "nothing without a token"},
		"echoed":         {with, 401, nil, `{"message":"` + token + `"}`, configuration, unauthorized, "the token is wrong"},
		"no body":        {with, 401, nil, ``, configuration, unauthorized, "the scope read_api"},
		"scope":          {with, 403, nil, `{"error":"insufficient_scope","error_description":"The request requires higher privileges than provided by the access token.","scope":"api read_api"}`, configuration, "missing_scope", "lacks the scope read_api"},
		"forbidden":      {with, 403, nil, `{"message":"403 Forbidden"}`, configuration, "forbidden", "scope or role"},
		"limit as 403":   {with, 403, map[string]string{"Retry-After": "9"}, `{}`, source.RateLimit, "rate_limited", "limits the rate"},
		"no GitLab":      {with, 404, nil, `{}`, configuration, "not_found", "check url"},
		"no group":       {with + "group: acme\n", 404, nil, `{}`, configuration, "not_found", "no such group"},
		"no user":        {with + "user: ann\n", 404, nil, `{}`, configuration, "not_found", "no such user"},
		"wrong method":   {with, 405, nil, `{}`, configuration, "method_not_allowed", "check url"},
		"group, too far": {with + "group: acme\n", 405, nil, `{}`, configuration, "offset_limit", "subgroups"},
		"gone":           {with, 410, nil, `{}`, configuration, "gone", "410"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := refusal(t, tc.options, tc.status, tc.header, tc.body)
			if e.Kind != tc.kind || e.Code != tc.code || !strings.Contains(e.Message, tc.want) {
				t.Errorf("got %s %s: %s, want %s %s with %q", e.Kind, e.Code, e.Message, tc.kind, tc.code, tc.want)
			}
		})
	}
}

// TestVendorsRefusals reads answers as GitLab gave them.
func TestVendorsRefusals(t *testing.T) {
	t.Parallel()
	limit := sourcetest.Shared(t, "examples/errors/gitlab-405-offset-limit.json")
	if e := refusal(t, "group: acme\n", http.StatusMethodNotAllowed, nil, string(limit)); e.Code != "offset_limit" || !strings.Contains(e.Sample, "50000") {
		t.Errorf("got %s: %v, %q", e.Code, e, e.Sample)
	}
	later := sourcetest.Shared(t, "examples/errors/gitlab-429.txt")
	header := map[string]string{"Content-Type": "text/plain", "Retry-After": "60"}
	e := refusal(t, "", http.StatusTooManyRequests, header, string(later))
	if e.Kind != source.RateLimit || e.RetryAfter != time.Minute {
		t.Errorf("got %s, wait %s: %v", e.Kind, e.RetryAfter, e)
	}
}
