package github_test

import (
	"net/http"
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
		t.Fatal("the source cannot be checked")
	}
	return checker.Check(t.Context())
}

func TestCheckOfAToken(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		yaml   string
		header http.Header
		want   source.Report
	}{
		"classic": {header: http.Header{
			"X-Oauth-Scopes":                         {"gist, repo"},
			"Github-Authentication-Token-Expiration": {"2026-12-31 00:00:00 UTC"},
		}, want: source.Report{
			Service: "GitHub", Account: "octocat", Scopes: []string{"gist", "repo"}, Projects: new(int64(50)),
			Notes: []string{"the token expires at 2026-12-31 00:00:00 UTC"},
		}},
		"classic without repo": {yaml: "org: acme\n", header: http.Header{"X-Oauth-Scopes": {"public_repo"}}, want: source.Report{
			Service: "GitHub", Account: "octocat", Scopes: []string{"public_repo"}, Missing: []string{"repo"},
		}},
		"fine-grained, Enterprise": {yaml: "org: acme\n", header: http.Header{"X-Github-Enterprise-Version": {"3.19.1"}}, want: source.Report{
			Service: "GitHub Enterprise Server 3.19.1", Account: "octocat", Scopes: []string{}, Projects: new(int64(50)),
		}},
		"user": {yaml: "user: ann\n", want: source.Report{
			Service: "GitHub", Account: "octocat", Scopes: []string{}, Projects: new(int64(50)),
			Notes: []string{"GitHub lists only the public repositories of a user; for those of the token's own account leave user out"},
		}},
		"public": {yaml: "public: true\n", want: source.Report{
			Service: "GitHub", Account: "octocat", Scopes: []string{},
			Notes: []string{"GitHub states no total for its public repositories, and neither dates nor counts of them"},
		}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := many(t, 50)
			f.header = tc.header
			got, err := check(t, service(t, f, tc.yaml).New(t))
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

func TestCheckWithoutAToken(t *testing.T) {
	t.Parallel()
	server := sourcetest.NewServer(t, many(t, 50))
	got, err := check(t, mustOpen(t, "url: "+server.URL+"\norg: acme\n"))
	want := source.Report{
		Service: "GitHub", Projects: new(int64(50)),
		Notes: []string{"without a token only public repositories are listed, and 60 requests an hour are allowed"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, err := check(t, mustOpen(t, "url: "+server.URL+"\norg: nobody\n")); source.KindOf(err) != source.Configuration {
		t.Errorf("of an organization that is none: %v", err)
	}
}

func TestCheckOfAnApp(t *testing.T) {
	t.Parallel()
	f, src := forApp(t, newKey(t), time.Hour)
	want := source.Report{
		Service: "GitHub", Account: "acme", Scopes: []string{"metadata: read"}, Projects: new(int64(50)),
		Notes: []string{"the App is installed for selected repositories only, and sees no others"},
	}
	got, err := check(t, src)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	f.Change(func() { f.installation.suspended = "2026-11-01T00:00:00Z" })
	want.Missing, want.Projects = []string{"the installation is suspended since 2026-11-01T00:00:00Z"}, nil
	got, err = check(t, src)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestCheckFailsAsAListingWould(t *testing.T) {
	t.Parallel()
	for fault, kind := range map[sourcetest.Fault]source.Kind{
		sourcetest.Unauthorized: source.Configuration, sourcetest.Throttled: source.RateLimit, sourcetest.Null: source.Contract,
	} {
		forge := service(t, many(t, 1), "org: acme\n")
		src := forge.New(t)
		forge.Break(fault)
		if _, err := check(t, src); source.KindOf(err) != kind {
			t.Errorf("%s: got %v, want %s", fault, err, kind)
		}
	}
}
