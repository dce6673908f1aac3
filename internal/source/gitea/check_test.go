package gitea_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

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
	const all = "only what robot may read is listed; the token of an administrator lists everything"
	for name, tc := range map[string]struct {
		yaml   string
		change func(*fake)
		want   source.Report
	}{
		"gitea": {change: func(*fake) {}, want: source.Report{Service: "Gitea 1.27.3", Account: "robot", Projects: new(int64(3)), Notes: []string{all}}},
		"forgejo": {yaml: "org: acme\n", change: func(f *fake) { f.version = "13.0.2+gitea-1.22.0" },
			want: source.Report{Service: "Forgejo 13.0.2", Account: "robot", Projects: new(int64(3)), Notes: []string{all}}},
		"token that may not tell": {change: func(f *fake) { f.scopes, f.quiet = []string{"read:repository"}, true },
			want: source.Report{Service: "Gitea 1.27.3", Notes: []string{"the token lacks the scope read:user, so whom it belongs to is not known; listing works without it"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, []string{"1", "2", "3"})
			tc.change(f)
			got, err := check(t, service(t, f, tc.yaml).New(t))
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

func TestCheckWithoutToken(t *testing.T) {
	t.Parallel()
	server := sourcetest.NewServer(t, newFake(t, []string{"1"}))
	got, err := check(t, mustOpen(t, "url: "+server.URL+"\n"))
	want := source.Report{Service: "Gitea 1.27.3", Projects: new(int64(1)), Notes: []string{"without a token only public repositories are listed"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestRefusalsSayWhatToMend asks Check and Plan, which must meet the same.
func TestRefusalsSayWhatToMend(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		yaml, code, want string
		change           func(*fake)
	}{
		"wrong token":          {yaml: "token: wrong\n", code: "unauthorized", want: "make a new one", change: func(*fake) {}},
		"no token":             {yaml: "", code: "unauthorized", want: "lists nothing without a token", change: func(*fake) {}},
		"no right to read":     {yaml: "token: ${T}\n", code: "missing_scope", want: "lacks the scope read:repository;", change: func(f *fake) { f.scopes = []string{"read:issue"} }},
		"no right to the org":  {yaml: "token: ${T}\norg: acme\n", code: "missing_scope", want: "read:organization", change: func(f *fake) { f.scopes = []string{"read:repository"} }},
		"no such organization": {yaml: "token: ${T}\norg: nobody\n", code: "not_found", want: "no such organization", change: func(*fake) {}},
		"no such user":         {yaml: "token: ${T}\nuser: nobody\n", code: "not_found", want: "no such user", change: func(*fake) {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, []string{"1"})
			f.token = token
			tc.change(f)
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

// TestOldRefusals are in the words of Forgejo and of versions before 1.23.
func TestOldRefusals(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		`{"message":"token does not have at least one of required scope(s): [read:user read:organization]"}`: "lacks the scope read:user or read:organization;",
		`{"message":"token does not have at least one of required scope(s)"}`:                                "lacks the scope that it asks for;",
		`{"message":"user is not allowed to sign in"}`:                                                       "answered 403: the credential may not read this",
		`not JSON`: "answered 403",
	} {
		server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if r.URL.Path == "/api/v1/user" {
				_, _ = w.Write([]byte(`{"login":"x"}`))
				return
			}
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(message))
		}))
		_, err := mustOpen(t, "url: "+server.URL+"\ntoken: x\n").Plan(t.Context())
		if source.KindOf(err) != source.Configuration || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", message, err, want)
		}
	}
}
