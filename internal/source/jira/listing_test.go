package jira_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
	"holdfast/internal/source/jira"
	"holdfast/internal/source/sourcetest"
)

// listing is what one reading of a source brought.
type listing struct {
	ids    map[string]int
	totals map[int64]int
	pages  int
}

// list reads a source's one partition from a cursor to its end.
func list(t *testing.T, src source.Source, from source.Cursor) (listing, error) {
	t.Helper()
	l := listing{ids: map[string]int{}, totals: map[int64]int{}}
	plan, err := src.Plan(t.Context())
	if err != nil {
		return l, err
	}
	for page, err := range src.List(t.Context(), plan.Partitions[0], from) {
		if err != nil {
			return l, err
		}
		l.pages++
		for _, record := range page.Records {
			l.ids[record.ID]++
		}
		if page.Total != nil {
			l.totals[*page.Total]++
		}
	}
	return l, nil
}

func TestTenThousandProjects(t *testing.T) {
	t.Parallel()
	const many = 10_000
	for _, driver := range []source.Driver{jira.CloudDriver(), jira.DataCenterDriver()} {
		t.Run(driver.Kind, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, nil)
			for i := range many {
				f.Add(strconv.Itoa(10_000 + i))
			}
			yaml := ""
			if driver.Kind == "jira" {
				yaml = "per_page: 100\n"
			}
			l, err := list(t, service(t, f, driver, yaml).New(t), "")
			if err != nil || len(l.ids) != many {
				t.Fatalf("%d projects, %v", len(l.ids), err)
			}
			if driver.Kind == "jira" {
				// Every page states the total, so that one that moves shows.
				if diff := cmp.Diff(map[int64]int{many: l.pages}, l.totals); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// TestPlaceIsLost has every project vanish that was read last: the listing
// begins again rather than guess.
func TestPlaceIsLost(t *testing.T) {
	t.Parallel()
	f := newFake(t, nil)
	for i := range 60 {
		f.Add(strconv.Itoa(100 + i))
	}
	src := service(t, f, jira.CloudDriver(), "per_page: 20\n").New(t)
	l, err := list(t, src, "at:40:1,2,3")
	if err != nil || len(l.ids) != 60 {
		t.Errorf("%d projects, %v", len(l.ids), err)
	}
	f.Change(func() { clear(f.Versions) })
	if l, err = list(t, src, "at:40:1,2,3"); err != nil || len(l.ids) != 0 {
		t.Errorf("%d projects, %v", len(l.ids), err)
	}
	for _, cursor := range []source.Cursor{"id:5", "at:5", "at:0:1", "at:5:x"} {
		if _, err := list(t, src, cursor); source.KindOf(err) != source.Expired {
			t.Errorf("%q: got %v", cursor, err)
		}
	}
	// So far behind that searching backwards does not reach the beginning.
	if _, err := list(t, src, "at:100000:1"); source.KindOf(err) != source.Expired {
		t.Errorf("got %v", err)
	}
}

func TestUntrustworthyAnswersAreContractErrors(t *testing.T) {
	t.Parallel()
	page := func(start, total, last, values string) string {
		return fmt.Sprintf(`{"startAt":%s,"total":%s,"isLast":%s,"values":%s}`, start, total, last, values)
	}
	twenty := "[" + strings.TrimSuffix(strings.Repeat(`{"id":"1","key":"A"},`, 20), ",") + "]"
	tests := map[string]struct {
		driver source.Driver
		body   string
		code   string
	}{
		"no total":            {jira.CloudDriver(), page("0", "null", "true", "[]"), "unknown_envelope"},
		"negative total":      {jira.CloudDriver(), page("0", "-1", "true", "[]"), "unknown_envelope"},
		"no isLast":           {jira.CloudDriver(), page("0", "0", "null", "[]"), "unknown_envelope"},
		"other envelope":      {jira.CloudDriver(), `[]`, "not_a_list"},
		"error with 200":      {jira.CloudDriver(), `{"errorMessages":["x"]}`, "not_a_list"},
		"last too early":      {jira.CloudDriver(), page("0", "5", "true", `[{"id":"1","key":"A"}]`), "short_page"},
		"another page":        {jira.CloudDriver(), page("50", "80", "false", `[]`), "repeated_page"},
		"empty, not the last": {jira.CloudDriver(), page("0", "5", "false", `[]`), "empty_page"},
		"nulls only":          {jira.CloudDriver(), page("0", "5", "false", `[null]`), "no_ids"},
		"page too long":       {jira.CloudDriver(), page("0", "20", "true", twenty), "page_too_long"},
		"list without ids":    {jira.DataCenterDriver(), `[null,{"key":"A"}]`, "no_ids"},
		"object for a list":   {jira.DataCenterDriver(), `{"values":[]}`, "not_a_list"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(tc.body))
			}))
			_, err := list(t, mustOpen(t, tc.driver, "url: "+server.URL+"\n"), "")
			if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Contract || e.Code != tc.code || e.Sample == "" {
				t.Errorf("got %+v, want %s", err, tc.code)
			}
		})
	}
}

// TestPageThatComesAgain repeats a page under the place that was asked for.
func TestPageThatComesAgain(t *testing.T) {
	t.Parallel()
	values := []string{}
	for i := range 20 {
		values = append(values, record(int64(i+1), 1))
	}
	server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		shown := values
		if r.FormValue("maxResults") == "1" {
			shown = values[:1]
		}
		fmt.Fprintf(w, `{"startAt":%s,"total":1000,"isLast":false,"values":[%s]}`, r.FormValue("startAt"), strings.Join(shown, ","))
	}))
	_, err := list(t, mustOpen(t, jira.CloudDriver(), "url: "+server.URL+"\nper_page: 20\n"), "")
	if e, ok := errors.AsType[*source.Error](err); !ok || e.Code != "repeated_page" {
		t.Errorf("got %v", err)
	}
}

func TestArchivedIsAskedFor(t *testing.T) {
	t.Parallel()
	f := newFake(t, []string{"1"})
	for driver, want := range map[*source.Driver]string{
		new(jira.CloudDriver()):      "status=live&status=archived",
		new(jira.DataCenterDriver()): "includeArchived=true",
	} {
		if _, err := list(t, service(t, f, *driver, "archived: true\n").New(t), ""); err != nil {
			t.Fatal(err)
		}
		if last := f.requests[len(f.requests)-1]; !strings.Contains(last.RawQuery, want) {
			t.Errorf("%s: asked %s", driver.Kind, last.RawQuery)
		}
	}
}

func TestOldPlansAreRefused(t *testing.T) {
	t.Parallel()
	for _, driver := range []source.Driver{jira.CloudDriver(), jira.DataCenterDriver()} {
		src := mustOpen(t, driver, "url: https://h/rest/api/2/")
		for page, err := range src.List(t.Context(), source.Partition{Name: "x", Spec: []byte(`{"path":"/api/v4/projects"}`)}, "") {
			if source.KindOf(err) != source.Configuration {
				t.Errorf("got %+v, %v", page, err)
			}
		}
	}
}
