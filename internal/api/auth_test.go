package api_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"holdfast/internal/api"
)

func withTokens(d *api.Deps) {
	d.Tokens = []api.Token{
		{Name: "dashboard", Secret: "read-secret", Role: api.Reader},
		{Name: "ops", Secret: "write-secret", Role: api.Operator},
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	b := setup(t, withTokens)
	for _, test := range []struct {
		method, path, authorization string
		status                      int
		code                        string
	}{
		{http.MethodGet, jobsPath, "", 401, "unauthorized"},
		{http.MethodGet, jobsPath, "Bearer ", 401, "unauthorized"},
		{http.MethodGet, jobsPath, "Bearer wrong", 401, "unauthorized"},
		{http.MethodGet, jobsPath, "Bearer read-secre", 401, "unauthorized"},
		{http.MethodGet, jobsPath, "Basic read-secret", 401, "unauthorized"},
		{http.MethodGet, jobsPath, "read-secret", 401, "unauthorized"},
		{http.MethodGet, jobsPath, "Bearer read-secret", 200, ""},
		{http.MethodGet, jobsPath, "bearer write-secret", 200, ""},
		{http.MethodPost, syncPath, "", 401, "unauthorized"},
		{http.MethodPost, syncPath, "Bearer read-secret", 403, "forbidden"},
		{http.MethodPost, syncPath, "Bearer write-secret", 202, ""},
		{http.MethodGet, "/livez", "", 200, ""},
		{http.MethodGet, "/readyz", "", 200, ""},
		{http.MethodGet, "/openapi.yaml", "", 200, ""},
	} {
		a := b.call(test.method, test.path, "", "Authorization", test.authorization).want(test.status)
		if test.code != "" && a.code() != test.code {
			t.Errorf("%s %s: code %q, want %q", test.method, test.path, a.code(), test.code)
		}
		if test.status == http.StatusUnauthorized && !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s %s: no WWW-Authenticate", test.method, test.path)
		}
	}
	if caller := scan[string](b, "select min(caller) from sync_jobs"); caller != "ops" {
		t.Errorf("the job's caller is %q", caller)
	}
	b.wantLog(`"caller":"dashboard"`)
	if log := b.log.String(); strings.Contains(log, "secret") {
		t.Errorf("a token is in the log: %s", log)
	}
}

// Each caller has keys of its own.
func TestKeysBelongToCallers(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *api.Deps) {
		d.Tokens = []api.Token{{Name: "a", Secret: "a", Role: api.Operator}, {Name: "b", Secret: "b", Role: api.Operator}}
	})
	b.post(syncPath, `{"source":"gitlab"}`, "Authorization", "Bearer a", "Idempotency-Key", "k").want(http.StatusAccepted)
	b.post(syncPath, `{"source":"files"}`, "Authorization", "Bearer b", "Idempotency-Key", "k").want(http.StatusAccepted)
	b.post(syncPath, `{"source":"files"}`, "Authorization", "Bearer a", "Idempotency-Key", "k").want(http.StatusUnprocessableEntity)
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *api.Deps) {
		d.RateLimit = 0.01
		d.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	b.post(syncPath, "", "X-Forwarded-For", "192.0.2.1").want(http.StatusAccepted)
	a := b.post(syncPath, "", "X-Forwarded-For", "192.0.2.1").want(http.StatusTooManyRequests)
	if a.code() != "too_many_requests" || a.header.Get("Retry-After") != "100" {
		t.Errorf("Retry-After %q: %s", a.header.Get("Retry-After"), a.body)
	}
	b.post(syncPath, "", "X-Forwarded-For", "192.0.2.2").want(http.StatusAccepted)
	b.get(jobsPath, "X-Forwarded-For", "192.0.2.1").want(http.StatusOK)
}

// Without a trusted proxy nobody chooses the address that is counted.
func TestForwardedForIsNotBelieved(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *api.Deps) { d.RateLimit = 0.01 })
	b.post(syncPath, "", "X-Forwarded-For", "192.0.2.1").want(http.StatusAccepted)
	b.post(syncPath, "", "X-Forwarded-For", "192.0.2.2").want(http.StatusTooManyRequests)
}
