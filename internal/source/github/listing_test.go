package github_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

// partition is the one that a plan makes of a path.
func partition(t *testing.T, path string) source.Partition {
	t.Helper()
	return source.Partition{Name: path, Spec: fmt.Appendf(nil, `{"path":%q}`, path)}
}

// listAll returns how often each id is listed.
func listAll(t *testing.T, src source.Source) map[string]int {
	t.Helper()
	plan, err := src.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return listPlan(t, src, plan)
}

func listPlan(t *testing.T, src source.Source, plan source.Plan) map[string]int {
	t.Helper()
	listed := map[string]int{}
	for _, p := range plan.Partitions {
		for page, err := range src.List(t.Context(), p, "") {
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Records {
				listed[r.ID]++
			}
		}
	}
	return listed
}

// first lists the first page after a cursor.
func first(t *testing.T, src source.Source, part source.Partition, from source.Cursor) (source.Page, error) {
	t.Helper()
	for page, err := range src.List(t.Context(), part, from) {
		return page, err
	}
	return source.Page{}, errors.New("no page")
}

// many makes a fake with that many repositories, numbered from 1.
func many(t *testing.T, count int) *fake {
	t.Helper()
	f := newFake(t, nil)
	f.Change(func() {
		for id := range int64(count) {
			f.Versions[id+1] = 1
		}
	})
	return f
}

// TestTenThousand lists a large organization by a reader that is replaced
// three times, while repositories read and unread come and go.
func TestTenThousand(t *testing.T) {
	t.Parallel()
	f := many(t, 10_000)
	forge := service(t, f, "org: acme\n")
	plan, err := forge.New(t).Plan(t.Context())
	if err != nil || plan.Total == nil || *plan.Total != 10_000 {
		t.Fatalf("got %+v, %v", plan, err)
	}
	listed, cursor, pages, done := map[string]int{}, source.Cursor(""), 0, false
	for !done {
		for page, err := range forge.New(t).List(t.Context(), plan.Partitions[0], cursor) {
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Records {
				listed[r.ID]++
			}
			cursor, done = page.Next, page.Last
			if pages++; pages%30 == 0 {
				f.Remove(strconv.Itoa(pages)) // read already: all that follows moves up
				break
			}
		}
	}
	want := map[string]int{}
	for id := range 10_000 {
		want[strconv.Itoa(id+1)] = 1
	}
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Error(diff)
	}
	if asked := len(f.requests); asked > 125 {
		t.Errorf("%d requests for 100 full pages: the overlap costs more than one in six", asked)
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		yaml  string
		count int
		quiet bool
		total *int64
		names []string
	}{
		"organization":       {yaml: "org: acme\n", count: 250, total: new(int64(250)), names: []string{"organization acme"}},
		"organizations":      {yaml: "org: acme\norgs: [beta]\n", count: 250, total: new(int64(250)), names: []string{"organization acme", "organization beta"}},
		"empty":              {yaml: "user: ann\n", total: new(int64(0)), names: []string{"user ann"}},
		"one, or no Link":    {yaml: "user: ann\n", count: 1, names: []string{"user ann"}},
		"behind a proxy":     {yaml: "user: ann\n", count: 9, quiet: true, names: []string{"user ann"}},
		"the account's own":  {count: 3, total: new(int64(3)), names: []string{"the account's repositories"}},
		"public, no numbers": {yaml: "public: true\n", count: 3, names: []string{"public repositories"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := many(t, tc.count)
			f.quiet, f.split = tc.quiet, strings.Contains(tc.yaml, "beta")
			plan, err := service(t, f, tc.yaml).New(t).Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			names := []string{}
			for _, p := range plan.Partitions {
				names = append(names, p.Name)
			}
			if diff := cmp.Diff(tc.total, plan.Total) + cmp.Diff(tc.names, names); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRenamedOrganization is followed where GitHub redirects to.
func TestRenamedOrganization(t *testing.T) {
	t.Parallel()
	if got := listAll(t, service(t, many(t, 150), "org: old\nper_page: 33\n").New(t)); len(got) != 150 {
		t.Errorf("%d repositories, want 150", len(got))
	}
}

// TestIncremental lists only what changed, by the account's listing and no other.
func TestIncremental(t *testing.T) {
	t.Parallel()
	f := many(t, 100)
	forge := service(t, f, "per_page: 20\n")
	for id := 10; id <= 50; id++ {
		f.Update(strconv.Itoa(id))
	}
	src, ok := forge.New(t).(source.Incremental)
	if !ok {
		t.Fatal("the account's own listing is not incremental")
	}
	plan, err := src.PlanSince(t.Context(), time.Date(2026, 11, 23, 8, 0, 0, 5e8, time.FixedZone("", 3600)))
	if err != nil || plan.Total == nil || *plan.Total != 41 {
		t.Fatalf("got %+v, %v", plan, err)
	}
	if got := listPlan(t, src, plan); len(got) != 41 || got["10"] != 1 || got["50"] != 1 {
		t.Errorf("listed %v", got)
	}
	for _, request := range f.requests {
		// A second early: GitHub leaves the moment itself out.
		if since := request.Query().Get("since"); since != "2026-11-23T06:59:59Z" {
			t.Errorf("%s has since %q", &request, since)
		}
	}
	if _, ok := service(t, many(t, 0), "org: acme\n").New(t).(source.Incremental); ok {
		t.Error("an organization is said to be incremental, which GitHub cannot do")
	}
}

// TestShiftBeyondTheOverlap deletes so much that the place read last is pages
// away, and then all that was read.
func TestShiftBeyondTheOverlap(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]int{"far away": 350, "all read": 400} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := many(t, 1000)
			src := service(t, f, "org: acme\n").New(t)
			listed := map[string]int{}
			for page, err := range src.List(t.Context(), partition(t, "/orgs/acme/repos"), "") {
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range page.Records {
					listed[r.ID]++
				}
				if len(listed) >= 400 && len(f.Versions) == 1000 {
					f.Change(func() {
						maps.DeleteFunc(f.Versions, func(id, _ int64) bool { return id <= int64(gone)+int64(len(listed)-400) })
					})
				}
			}
			if len(listed) != 1000 {
				t.Errorf("%d of 1000 are listed", len(listed))
			}
		})
	}
}

func TestPlaceThatIsLostExpires(t *testing.T) {
	t.Parallel()
	src := service(t, many(t, 5000), "org: acme\n").New(t)
	_, err := first(t, src, partition(t, "/orgs/acme/repos"), "at:3000:100:900001,900002")
	if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Expired || e.Code != "place_lost" {
		t.Errorf("got %v", err)
	}
}

// TestInsertionsBeforeThePlace moves the place read last onto a page that is
// full of what was read.
func TestInsertionsBeforeThePlace(t *testing.T) {
	t.Parallel()
	f := many(t, 0)
	f.Change(func() {
		for id := range int64(300) {
			f.Versions[1000+id] = 1
		}
	})
	src := service(t, f, "per_page: 20\n").New(t)
	listed := map[string]int{}
	for page, err := range src.List(t.Context(), partition(t, "/user/repos"), "") {
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Records {
			listed[r.ID]++
		}
		f.Add(strconv.Itoa(len(listed)))
	}
	for id := range 300 {
		if listed[strconv.Itoa(1000+id)] != 1 {
			t.Errorf("%d is listed %d times", 1000+id, listed[strconv.Itoa(1000+id)])
		}
	}
}

func TestTotalThatMovesIsStated(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	f := many(t, 50)
	f.installation = &installation{key: key, life: time.Hour}
	src := service(t, f, "app_id: 4711\ninstallation_id: 77\nper_page: 20\nprivate_key_file: "+keyFile(t, key)+"\n").New(t)
	totals := []int64{}
	for page, err := range src.List(t.Context(), partition(t, "/installation/repositories"), "") {
		if err != nil {
			t.Fatal(err)
		}
		totals = append(totals, *page.Total)
		f.Add(strconv.Itoa(1000 + len(totals)))
	}
	if len(slices.Compact(totals)) < 2 {
		t.Errorf("the totals are %v", totals)
	}
	if f.installation.minted != 1 {
		t.Errorf("%d tokens were bought for one listing", f.installation.minted)
	}
}

// script answers each request with the next of some bodies.
func script(t *testing.T, link string, bodies ...string) *sourcetest.Server {
	t.Helper()
	return sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if link != "" {
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
	const next = `<https://h/x?page=2>; rel="next"`
	tests := map[string]struct{ yaml, link, body, code string }{
		"order that is none":        {yaml: "public: true", body: `[{"id":5},{"id":4}]`, code: "not_in_order"},
		"link that leads back":      {yaml: "public: true", link: `<https://h/x?since=0>; rel="next"`, body: `[]`, code: "bad_next_address"},
		"link to nowhere":           {yaml: "public: true", link: next, body: `[]`, code: "bad_next_address"},
		"link that is none":         {yaml: "public: true", link: `<mailto:a@b>; rel="next"`, body: `[]`, code: "bad_next_address"},
		"public without ids":        {yaml: "public: true", body: `[null]`, code: "no_ids"},
		"page of nulls":             {yaml: "org: a", link: next, body: `[null,null]`, code: "no_ids"},
		"nothing, and yet more":     {yaml: "org: a", link: next, body: `[]`, code: "no_ids"},
		"more than asked for":       {yaml: "org: a\nper_page: 20", body: "[" + strings.Repeat("null,", 20) + "null]", code: "page_too_long"},
		"object in place of a list": {yaml: "org: a", body: `{"message":"ok"}`, code: "not_a_list"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := script(t, tc.link, tc.body)
			path := "/orgs/a/repos"
			if strings.HasPrefix(tc.yaml, "public") {
				path = "/repositories"
			}
			_, err := first(t, mustOpen(t, "url: "+server.URL+"\n"+tc.yaml+"\n"), partition(t, path), "")
			if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Contract || e.Code != tc.code {
				t.Errorf("got %+v, want %s", err, tc.code)
			}
		})
	}
}

// TestSamePageForEver has a service that ignores page once the listing is on.
func TestSamePageForEver(t *testing.T) {
	t.Parallel()
	server := script(t, `<https://h/x?page=3>; rel="next"`, `[{"id":7}]`)
	_, err := first(t, mustOpen(t, "url: "+server.URL+"\norg: a\n"), partition(t, "/orgs/a/repos"), "at:20:100:7")
	if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Contract || e.Code != "repeated_page" {
		t.Errorf("got %v", err)
	}
}

func TestEmptyPublicPageWithALinkIsNotTheEnd(t *testing.T) {
	t.Parallel()
	server := script(t, `<https://inner/repositories?since=700>; rel="next"`, `[]`)
	page, err := first(t, mustOpen(t, "url: "+server.URL+"\npublic: true\n"), partition(t, "/repositories"), "")
	if err != nil || page.Last || page.Next != "id:700" {
		t.Errorf("got %+v, %v", page, err)
	}
}
