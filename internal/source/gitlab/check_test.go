package gitlab_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/sampleforge"
	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

const seesItsOwn = "only what the token's user may see is listed; the token of an administrator or an auditor sees everything"

// introduced is a fake that also tells of itself and of tokens: a status and a
// body for each path. What is not there is answered as by the fake, with 404.
type introduced struct {
	*fake

	answers map[string]string
}

func (i introduced) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, known := i.answers[strings.TrimPrefix(r.URL.Path, "/api/v4/")]
	if !known {
		i.fake.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	status, body, _ := strings.Cut(answer, " ")
	code, err := strconv.Atoi(status)
	if err != nil {
		i.t.Error(err)
	}
	w.WriteHeader(code)
	_, _ = w.Write([]byte(body))
}

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
	const (
		version = `200 {"version":"17.5.1-ee","revision":"5a4d3e2c1b0"}`
		robot   = `200 {"id":9,"username":"robot","state":"active"}`
		own     = "personal_access_tokens/self"
	)
	for name, tc := range map[string]struct {
		yaml    string
		answers map[string]string
		quiet   bool
		want    source.Report
	}{
		"instance": {
			answers: map[string]string{
				own: `200 {"scopes":["read_api","read_user"],"expires_at":"2027-05-31"}`, "user": robot, "version": version,
			},
			want: source.Report{
				Service: "GitLab 17.5.1-ee", Account: "robot", Scopes: []string{"read_api", "read_user"}, Projects: new(int64(3)),
				Notes: []string{"the token expires on 2027-05-31", seesItsOwn},
			},
		},
		"administrator": {
			answers: map[string]string{
				own: `200 {"scopes":["api","admin_mode"],"expires_at":null}`, "version": version,
				"user": `200 {"username":"root","is_admin":true}`,
			},
			want: source.Report{
				Service: "GitLab 17.5.1-ee", Account: "root", Scopes: []string{"api", "admin_mode"}, Projects: new(int64(3)),
			},
		},
		"may not list": {
			answers: map[string]string{
				own: `200 {"scopes":["read_user"]}`, "user": robot, "version": version, "projects": "403 {}",
			},
			want: source.Report{
				Service: "GitLab 17.5.1-ee", Account: "robot", Scopes: []string{"read_user"}, Missing: []string{"read_api"},
				Notes: []string{seesItsOwn},
			},
		},
		"may do nothing": {
			answers: map[string]string{own: `200 {"scopes":[]}`, "user": `403 {"error":"insufficient_scope"}`, "version": "403 {}"},
			want:    source.Report{Service: "GitLab", Scopes: []string{}, Missing: []string{"read_api"}, Notes: []string{seesItsOwn}},
		},
		"fine-grained": {
			answers: map[string]string{own: `200 {"scopes":["granular"]}`, "user": robot, "version": version},
			want: source.Report{
				Service: "GitLab 17.5.1-ee", Account: "robot", Scopes: []string{"granular"}, Projects: new(int64(3)), Notes: []string{seesItsOwn},
			},
		},
		"OAuth": {
			yaml:    "token_type: bearer\n",
			answers: map[string]string{own: `400 {"message":"400 Bad request"}`, "user": robot, "version": version},
			want: source.Report{
				Service: "GitLab 17.5.1-ee", Account: "robot", Projects: new(int64(3)), Notes: []string{seesItsOwn},
			},
		},
		"old, of a group": {
			yaml:    "group: acme/sub\n",
			answers: map[string]string{own: "405 {}", "user": robot, "version": `200 {"version":"14.0.5"}`},
			want: source.Report{
				Service: "GitLab 14.0.5", Account: "robot", Projects: new(int64(3)), Notes: []string{seesItsOwn},
			},
		},
		"tells nothing of itself": {
			answers: map[string]string{own: "401 {}", "user": "200 [1]", "version": "200 <html>"},
			want:    source.Report{Service: "GitLab", Projects: new(int64(3)), Notes: []string{seesItsOwn}},
		},
		"narrowed, long": {
			yaml:    "membership: true\nowned: true\nvisibility: private\narchived: false\n",
			answers: map[string]string{"user": robot},
			quiet:   true,
			want: source.Report{
				Service: "GitLab", Account: "robot", Notes: []string{
					seesItsOwn,
					"only projects with membership: true, owned: true, visibility: private, archived: false are listed, as configured",
					"GitLab states no number of projects, as it does above 10,000; progress will have no total",
				},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, []string{"1", "2", "3"})
			f.token, f.quiet = token, tc.quiet
			server := sourcetest.NewServer(t, introduced{f, tc.answers})
			got, err := check(t, mustOpen(t, "url: "+server.URL+"\ntoken: ${TOKEN}\n"+tc.yaml))
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

// TestCheckWithoutAToken also sees that nobody is asked whom no token belongs to.
func TestCheckWithoutAToken(t *testing.T) {
	t.Parallel()
	f := newFake(t, nil)
	server := sourcetest.NewServer(t, f)
	got, err := check(t, mustOpen(t, "url: "+server.URL+"\n"))
	want := source.Report{Service: "GitLab", Projects: new(int64(0)), Notes: []string{
		"without a token only public projects are listed, and GitLab leaves visibility, archived and more out of them",
		"no project is seen: make the token's user a member of a project or group, or list something else",
	}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil || len(f.requests) != 1 {
		t.Errorf("%d requests, %v\n%s", len(f.requests), err, diff)
	}
}

// TestCheckCountsWhatIsListed compares the one cheap question of a check with
// those of the listing: it must ask for the very same projects.
func TestCheckCountsWhatIsListed(t *testing.T) {
	t.Parallel()
	for _, yaml := range []string{"owned: true\narchived: true\n", "group: acme/sub\nvisibility: public\n", "user: ann\n"} {
		f := newFake(t, []string{"1"})
		src := service(t, f, yaml).New(t)
		if _, err := check(t, src); err != nil {
			t.Fatal(err)
		}
		asked := f.requests[len(f.requests)-2] // the last one asks for the version
		if _, err := first(t, src); err != nil {
			t.Fatal(err)
		}
		listed := f.requests[len(f.requests)-1]
		got, want := asked.Query(), listed.Query()
		if asked.Path != listed.Path || got.Get("per_page") != "1" {
			t.Errorf("%s: asked %s, listed %s", yaml, &asked, &listed)
		}
		for _, paging := range []string{"per_page", "page", "pagination", "id_after", "id_before"} {
			got.Del(paging)
			want.Del(paging)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", yaml, diff)
		}
	}
}

func TestCheckFailsAsAListingWould(t *testing.T) {
	t.Parallel()
	faults := []sourcetest.Fault{
		sourcetest.Unauthorized, sourcetest.Forbidden, sourcetest.NotFound, sourcetest.Throttled, sourcetest.ServerError, sourcetest.SignIn, sourcetest.Null,
	}
	for _, fault := range faults {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			forge := service(t, newFake(t, []string{"1"}), "group: acme/sub\n")
			src := forge.New(t)
			forge.Break(fault)
			report, errCheck := check(t, src)
			_, errList := src.Plan(t.Context())
			if errCheck == nil || source.KindOf(errCheck) != source.KindOf(errList) || strings.Contains(errCheck.Error(), token) {
				t.Errorf("got %v, a listing %v", errCheck, errList)
			}
			if diff := cmp.Diff(source.Report{}, report); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCheckOfTheSampleForge(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(sampleforge.New(sampleforge.Options{Projects: 120, Token: token}))
	t.Cleanup(server.Close)
	for _, yaml := range []string{"", "token_type: bearer\n"} {
		got, err := check(t, mustOpen(t, "url: "+server.URL+"\ntoken: ${TOKEN}\n"+yaml))
		known := slices.Equal(got.Scopes, []string{"read_api"})
		if err != nil || got.Service != "GitLab 18.5.1-ee" || got.Account != "zoe.mueller" || *got.Projects != 120 || known != (yaml == "") {
			t.Errorf("%q: %+v, %v", yaml, got, err)
		}
	}
}
