package azuredevops_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	f := newFake(t, false, []string{"10", "100"})
	got, err := service(t, f, "").New(t).(source.Checker).Check(t.Context())
	want := source.Report{Service: "Azure DevOps Services", Account: "Ann Lee (ann@example.com)", Projects: new(int64(2)), Notes: []string{
		"these are the repositories of 2 projects",
	}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	f = newFake(t, true, []string{"10", "100"})
	f.anyone = true
	server := sourcetest.NewServer(t, f)
	got, err = mustOpen(t, "list: projects\nurl: "+server.URL+"/acme\n").(source.Checker).Check(t.Context())
	if err != nil || got.Projects == nil || *got.Projects != 2 || len(got.Notes) != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, fault := range []sourcetest.Fault{sourcetest.Unauthorized, sourcetest.SignIn, sourcetest.NotFound} {
		server.Break(fault)
		if _, err := mustOpen(t, "url: "+server.URL+"/acme\n").(source.Checker).Check(t.Context()); source.KindOf(err) != source.Configuration {
			t.Errorf("%s: got %v", fault, err)
		}
	}
}

// TestCheckOfManyProjects asks for the repositories of some, and says so.
func TestCheckOfManyProjects(t *testing.T) {
	t.Parallel()
	const projects = 21
	counted := 0
	server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		id := func(i int) string { return fmt.Sprintf("00000000-0000-0000-0000-%012d", i) }
		project, repositories := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/acme/"), "/_apis/git/repositories")
		elements := []string{}
		switch {
		case repositories:
			counted++
			elements = append(elements, fmt.Sprintf(`{"id":%q,"name":"r"}`, project), `{"id":"`+largeProject+`","name":"s"}`)
		case strings.HasSuffix(r.URL.Path, "connectionData"):
			_, _ = w.Write([]byte(`{}`))
			return
		case r.URL.Query().Get("$skip") == "0":
			for i := range projects {
				elements = append(elements, fmt.Sprintf(`{"id":%q}`, id(i)))
			}
		default:
			elements = append(elements, fmt.Sprintf(`{"id":%q}`, id(projects-1)))
		}
		_, _ = w.Write([]byte(list(elements)))
	}))
	got, err := mustOpen(t, "url: "+server.URL+"/acme\ntoken: ${T}\n").(source.Checker).Check(t.Context())
	want := source.Report{Service: "Azure DevOps Services", Notes: []string{
		"21 projects are seen, the first 20 of which have 40 repositories; Azure DevOps does not state how many there are in all",
	}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil || counted != 20 {
		t.Errorf("%d requests, %v\n%s", counted, err, diff)
	}
}
