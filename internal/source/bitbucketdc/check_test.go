package bitbucketdc_test

import (
	"errors"
	"net/http"
	"strconv"
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
	const service941 = "Bitbucket Data Center 9.4.1"
	for name, tc := range map[string]struct {
		user, yaml string
		clamp      int
		want       source.Report
	}{
		"account": {user: "änn", want: source.Report{Service: service941, Account: "änn", Projects: new(int64(41))}},
		"projects": {user: "änn", yaml: "projects: [ACME, OTHER]\n", want: source.Report{
			Service: service941, Account: "änn", Projects: new(int64(41)),
		}},
		"proxy": {want: source.Report{Service: service941, Projects: new(int64(41)), Notes: []string{
			"the service names no user (X-AUSERNAME): a proxy may drop the header, or the credentials may not be accepted",
		}}},
		"more than a page": {user: "änn", clamp: 40, want: source.Report{Service: service941, Account: "änn", Notes: []string{
			"there are more than 40 repositories; Bitbucket Data Center does not say how many",
		}}},
		"more in one of two": {user: "änn", yaml: "projects: [ACME, OTHER]\n", clamp: 20, want: source.Report{
			Service: service941, Account: "änn", Notes: []string{
				"there are more than 40 repositories; Bitbucket Data Center does not say how many",
			},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, nil)
			f.projects = []string{"ACME", "OTHER"}
			for i := range 41 {
				f.Add(strconv.Itoa(10 + 10*i))
			}
			if f.user = tc.user; tc.clamp != 0 {
				f.clamp = tc.clamp
			}
			got, err := check(t, service(t, f, tc.yaml).New(t))
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

func TestCheckWithoutCredentials(t *testing.T) {
	t.Parallel()
	f := newFake(t, nil)
	f.user = ""
	got, err := check(t, mustOpen(t, "url: "+sourcetest.NewServer(t, f).URL+"\n"))
	if err != nil || got.Account != "" || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "without credentials") {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestRefusalsSayWhatToMend(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ yaml, code, want string }{
		"wrong token":     {yaml: "token: wrong\n", code: "unauthorized", want: "permission Repository read"},
		"no token":        {yaml: "", code: "unauthorized", want: "lists nothing without credentials"},
		"no such project": {yaml: "token: ${T}\nprojects: [NOPE]\n", code: "not_found", want: "no such project"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, []string{"10"})
			f.authorization = "Bearer " + token
			src := mustOpen(t, "url: "+sourcetest.NewServer(t, f).URL+"\n"+tc.yaml)
			_, errCheck := check(t, src)
			_, errList := listAll(t.Context(), src)
			for _, err := range []error{errCheck, errList} {
				e, ok := errors.AsType[*source.Error](err)
				if !ok || e.Kind != source.Configuration || e.Code != tc.code || !strings.Contains(e.Message, tc.want) || strings.Contains(err.Error(), token) {
					t.Errorf("got %v, want %s", err, tc.want)
				}
			}
		})
	}
}

func TestOtherRefusals(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{http.StatusForbidden: "CAPTCHA", http.StatusNotFound: "kind: bitbucket", http.StatusGone: "410"} {
		server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fail(w, status, "x") }))
		_, err := listAll(t.Context(), mustOpen(t, "url: "+server.URL+"\ntoken: x\n"))
		if source.KindOf(err) != source.Configuration || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: got %v", status, err)
		}
	}
}

func TestPropertiesOfSomethingElse(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `[]`, `null`, `{"version":7}`, `{"version"`} {
		_, err := check(t, answers(t, body))
		if source.KindOf(err) != source.Contract {
			t.Errorf("%s: got %v", body, err)
		}
	}
}
