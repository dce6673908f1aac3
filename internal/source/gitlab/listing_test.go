package gitlab_test

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

// first lists the first page of a source's first partition.
func first(t *testing.T, src source.Source) (source.Page, error) {
	t.Helper()
	plan, err := src.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for page, err := range src.List(t.Context(), plan.Partitions[0], "") {
		return page, err
	}
	return source.Page{}, errors.New("no page")
}

func TestPlanOfAnInstance(t *testing.T) {
	t.Parallel()
	f := newFake(t, nil)
	for i := range 1000 {
		f.Add(strconv.Itoa(5_000_000_001 + i))
	}
	plan, err := service(t, f, "partitions: 3\n").New(t).Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, p := range plan.Partitions {
		names = append(names, p.Name)
	}
	// The ranges begin where the ids do, or all but one would be empty.
	want := []string{"ids 1-5000000333", "ids 5000000334-5000000666", "ids 5000000667 and up"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if plan.Total == nil || *plan.Total != 1000 {
		t.Errorf("total %v, want 1000", plan.Total)
	}
	f.quiet = true
	if plan, err = service(t, f, "").New(t).Plan(t.Context()); err != nil || plan.Total != nil {
		t.Errorf("total %v, %v, want none where GitLab states none", plan.Total, err)
	}
}

func TestPlanOfAGroup(t *testing.T) {
	t.Parallel()
	f := newFake(t, []string{"3", "5"})
	src := service(t, f, "group: acme/sub/\n").New(t)
	plan, err := src.Plan(t.Context())
	if err != nil || len(plan.Partitions) != 1 || plan.Partitions[0].Name != "group acme/sub" || *plan.Total != 2 {
		t.Fatalf("got %+v, %v", plan, err)
	}
	page, err := first(t, src)
	if err != nil || len(page.Records) != 2 || !page.Last || page.Total == nil || *page.Total != 2 {
		t.Errorf("got %+v, %v", page, err)
	}
	for _, request := range f.requests {
		if q := request.Query(); q.Get("include_subgroups") != "true" || q.Get("with_shared") != "false" {
			t.Errorf("%s does not ask for subgroups and against shared projects", &request)
		}
	}
}

func TestOffsetLimitSaysWhatToDo(t *testing.T) {
	t.Parallel()
	src := service(t, newFake(t, []string{"1"}), "group: acme/sub\n").New(t)
	plan, err := src.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for page, err := range src.List(t.Context(), plan.Partitions[0], "at:50000:1") {
		e, ok := errors.AsType[*source.Error](err)
		if !ok || e.Kind != source.Configuration || e.Code != "offset_limit" || !strings.Contains(e.Message, "subgroups") || !strings.Contains(e.Sample, "50000") {
			t.Errorf("got %+v, %v", page, err)
		}
		return
	}
	t.Error("no page and no error")
}

// TestShortPageIsNotTheEnd has a service that serves half of what is asked for
// and says nothing of it.
func TestShortPageIsNotTheEnd(t *testing.T) {
	t.Parallel()
	f := newFake(t, nil)
	for i := range 90 {
		f.Add(strconv.Itoa(1 + i))
	}
	f.clamp, f.quiet = 20, true
	src := service(t, f, "partitions: 1\n").New(t)
	plan, err := src.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sizes := []int{}
	for page, err := range src.List(t.Context(), plan.Partitions[0], "") {
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(page.Records))
	}
	if diff := cmp.Diff([]int{20, 20, 20, 20, 10, 0}, sizes); diff != "" {
		t.Error(diff)
	}
}

// script answers each request with the next of some bodies.
func script(t *testing.T, link string, bodies ...string) *sourcetest.Server {
	t.Helper()
	return sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if link != "" && r.URL.Query().Get("pagination") == "keyset" {
			w.Header().Set("Link", link)
		}
		body := bodies[0]
		if len(bodies) > 1 {
			bodies = bodies[1:]
		}
		_, _ = w.Write([]byte(body))
	}))
}

func TestUntrustworthyAnswersAreContractErrors(t *testing.T) {
	t.Parallel()
	long := "[" + strings.TrimSuffix(strings.Repeat("null,", 100), ",") + "]"
	tests := map[string]struct{ yaml, link, body, code string }{
		"order that is none":        {body: `[{"id":5},{"id":4}]`, code: "not_in_order"},
		"id twice":                  {body: `[{"id":5},{"id":5}]`, code: "not_in_order"},
		"page full of nulls":        {body: long, code: "no_ids"},
		"first page without ids":    {body: `[{"uuid":"a"}]`, code: "no_ids"},
		"group without ids":         {yaml: "group: acme\n", body: `[{"uuid":"a"}]`, code: "no_ids"},
		"link that leads back":      {link: `<https://h/api/v4/projects?id_after=0>; rel="next"`, body: `[]`, code: "bad_next_address"},
		"link to nowhere":           {link: `<https://h/api/v4/projects?page=2>; rel="next"`, body: `[]`, code: "bad_next_address"},
		"object in place of a list": {body: `{"message":"ok"}`, code: "not_a_list"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.yaml == "" {
				tc.yaml = "partitions: 1\n"
			}
			server := script(t, tc.link, `[{"id":1}]`, tc.body)
			_, err := first(t, mustOpen(t, "url: "+server.URL+"\n"+tc.yaml))
			if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Contract || e.Code != tc.code || e.Sample == "" {
				t.Errorf("got %+v, want %s", err, tc.code)
			}
		})
	}
}

func TestEmptyPageWithALinkIsNotTheEnd(t *testing.T) {
	t.Parallel()
	server := script(t, `<https://inner/api/v4/projects?id_after=700>; rel="next"`, `[{"id":1}]`, `[]`)
	page, err := first(t, mustOpen(t, "url: "+server.URL+"\npartitions: 1\n"))
	if err != nil || page.Last || page.Next != "id:700" {
		t.Errorf("got %+v, %v", page, err)
	}
}

// A Link that leads out of the partition is no way to go on in it, and a cursor of
// it would be none of the partition's.
func TestLinkBeyondThePartition(t *testing.T) {
	t.Parallel()
	server := script(t, `<https://inner/api/v4/projects?id_after=700>; rel="next"`, `[]`)
	src := mustOpen(t, "url: "+server.URL+"\npartitions: 1\n")
	for before, code := range map[string]string{"700": "bad_next_address", "701": ""} {
		for page, err := range src.List(t.Context(), source.Partition{Spec: []byte(`{"path":"/api/v4/projects","before":` + before + `}`)}, "") {
			e, refused := errors.AsType[*source.Error](err)
			if refused != (code != "") || refused && (e.Kind != source.Contract || e.Code != code) || !refused && page.Next != "id:700" {
				t.Errorf("before %s: %+v, %v", before, page, err)
			}
			break
		}
	}
}

// TestGroupWithSilentlySmallerPages cannot be paged by overlap: its offsets
// are not where they are asked for. That must not look like the end.
func TestGroupWithSilentlySmallerPages(t *testing.T) {
	t.Parallel()
	f := newFake(t, nil)
	for i := range 90 {
		f.Add(strconv.Itoa(1 + i))
	}
	f.clamp, f.quiet = 20, true
	src := service(t, f, "group: acme/sub\n").New(t)
	plan, err := src.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for page, err := range src.List(t.Context(), plan.Partitions[0], "") {
		if page.Last {
			t.Error("the listing came to an end")
		}
		if e, ok := errors.AsType[*source.Error](err); ok && e.Code != "short_page" {
			t.Errorf("got %v", err)
		}
	}
}
