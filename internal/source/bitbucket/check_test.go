package bitbucket_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

func check(t *testing.T, src source.Source) (source.Report, error) {
	t.Helper()
	checker, ok := src.(source.Checker)
	if !ok {
		t.Fatal("the source is no Checker")
	}
	return checker.Check(t.Context())
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const listed = "the workspaces listed are: acme, beta"
	f := newFake(t, []string{"10", "20", "30"})
	f.spaces = []string{"acme", "beta"}
	src := service(t, f, "").New(t)
	got, err := check(t, src)
	want := source.Report{
		Service: "Bitbucket Cloud", Account: "Robot", Projects: new(int64(3)), Notes: []string{listed},
		Scopes: []string{"read:user:bitbucket", "read:repository:bitbucket"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	f.change(func() { f.refuse, f.quiet = "/2.0/user", true })
	got, err = check(t, src)
	want = source.Report{Service: "Bitbucket Cloud", Notes: []string{
		"the token lacks the scope read:user:bitbucket, so whom it belongs to is not known; listing works without it", listed,
	}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestRefusalsSayWhatToMend asks Check and Plan, which must meet the same.
func TestRefusalsSayWhatToMend(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ yaml, refuse, code, want string }{
		"wrong token":             {yaml: "token: wrong\n", code: "unauthorized", want: "only beside its email"},
		"wrong token of an email": {yaml: "token: wrong\nemail: a@b.c\n", code: "unauthorized", want: "email is not that of its account"},
		"no right to read": {
			yaml: "token: ${T}\n", refuse: "/2.0/repositories/acme", code: "missing_scope",
			want: "lacks the scope read:repository:bitbucket (it has: read:pullrequest:bitbucket)",
		},
		"no right to find workspaces": {yaml: "token: ${T}\n", refuse: "/2.0/user/workspaces", code: "missing_scope", want: "lacks the scope"},
		"no such workspace":           {yaml: "token: ${T}\nworkspace: nobody\n", code: "not_found", want: "no such workspace"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, []string{"10"})
			f.authorization, f.refuse = "Bearer "+token, tc.refuse
			src := mustOpen(t, "url: "+sourcetest.NewServer(t, f).URL+"\n"+tc.yaml)
			_, errCheck := check(t, src)
			_, errPlan := src.Plan(t.Context())
			for _, err := range []error{errCheck, errPlan} {
				e, ok := errors.AsType[*source.Error](err)
				if !ok || e.Kind != source.Configuration || e.Code != tc.code || !strings.Contains(e.Message, tc.want) || strings.Contains(err.Error(), token) {
					t.Errorf("got %v, want %s", err, tc.want)
				}
			}
		})
	}
}

// refusal answers everything with one refusal.
func refusal(t *testing.T, status int, body string) error {
	t.Helper()
	server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	_, err := mustOpen(t, "url: "+server.URL+"\ntoken: x\n").Plan(t.Context())
	return err
}

func TestRemovedListing(t *testing.T) {
	t.Parallel()
	body := sourcetest.Shared(t, "examples/errors/bitbucket-410-removed.json")
	e, ok := errors.AsType[*source.Error](refusal(t, http.StatusGone, string(body)))
	if !ok || e.Kind != source.Configuration || e.Code != "gone" || !strings.Contains(e.Message, "CHANGE-2770") || !strings.Contains(e.Message, "workspaces") {
		t.Errorf("got %+v", e)
	}
	if e, ok := errors.AsType[*source.Error](refusal(t, http.StatusGone, "gone")); !ok || e.Code != "gone" {
		t.Errorf("got %+v", e)
	}
}

func TestLimitWithoutATime(t *testing.T) {
	t.Parallel()
	e, ok := errors.AsType[*source.Error](refusal(t, http.StatusTooManyRequests, "Rate limit for this resource has been exceeded"))
	if !ok || e.Kind != source.RateLimit || e.RetryAfter != time.Minute {
		t.Errorf("got %+v", e)
	}
}

func TestOtherRefusals(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"error":{"detail":{"required":"x"}}}`, `{"error":{"detail":{"required":[7]}}}`, `not JSON`} {
		e, ok := errors.AsType[*source.Error](refusal(t, http.StatusForbidden, body))
		if !ok || e.Kind != source.Configuration || e.Code != "forbidden" && e.Code != "missing_scope" {
			t.Errorf("%s: got %+v", body, e)
		}
	}
	e, _ := errors.AsType[*source.Error](refusal(t, http.StatusForbidden, `{"error":{"detail":{"required":["account"]}}}`))
	if e == nil || !strings.Contains(e.Message, "lacks the scope account (it has: none)") {
		t.Errorf("got %+v", e)
	}
}
