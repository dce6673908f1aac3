package azuredevops_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

// list reads all partitions of a source and returns how often each id came.
func read(t *testing.T, src source.Source) (map[string]int, error) {
	t.Helper()
	ids := map[string]int{}
	plan, err := src.Plan(t.Context())
	if err != nil {
		return nil, err
	}
	for _, partition := range plan.Partitions {
		for page, err := range src.List(t.Context(), partition, "") {
			if err != nil {
				return ids, err
			}
			for _, record := range page.Records {
				ids[record.ID]++
			}
		}
	}
	return ids, nil
}

func TestTenThousand(t *testing.T) {
	t.Parallel()
	const many = 10_000
	for _, listed := range []string{"repositories", "projects"} {
		t.Run(listed, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, listed == "projects", nil)
			for i := range many {
				f.Add(strconv.Itoa(i + 1))
			}
			ids, err := read(t, service(t, f, "per_page: 1000\nlist: "+listed+"\n").New(t))
			if err != nil || len(ids) != many {
				t.Errorf("%d %s, %v", len(ids), listed, err)
			}
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	f := newFake(t, false, []string{"1"})
	plan, err := service(t, f, "").New(t).Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := source.Plan{Partitions: []source.Partition{
		{Name: "project Project b", Spec: []byte(`{"list":"repositories","project":"` + largeProject + `"}`)},
		{Name: "project Project a", Spec: []byte(`{"list":"repositories","project":"` + smallProject + `"}`)},
	}}
	if diff := cmp.Diff(want, plan); diff != "" {
		t.Error(diff)
	}
	f.gone[largeProject], f.gone[smallProject] = true, true
	src := service(t, f, "").New(t)
	if ids, err := read(t, src); err != nil || len(ids) != 0 {
		t.Errorf("without projects: %v, %v", ids, err)
	}
	if asked := f.requests[len(f.requests)-1]; asked.Query().Get("stateFilter") != "wellFormed" {
		t.Errorf("asked %s", &asked)
	}
}

// TestProjectsThatMove has projects come and go while their list is read.
func TestProjectsThatMove(t *testing.T) {
	t.Parallel()
	for _, moves := range []int{1, 3, 50} {
		t.Run(strconv.Itoa(moves), func(t *testing.T) {
			t.Parallel()
			f := newFake(t, true, nil)
			for i := range 100 {
				f.Add(strconv.Itoa(1000 + i))
			}
			requests := 0
			f.before = func() {
				// Between two pages one is deleted from the front.
				if requests++; requests%2 == 0 && requests/2 <= moves {
					delete(f.versions, guid(strconv.Itoa(1100-requests/2)))
				}
			}
			ids, err := read(t, service(t, f, "list: projects\nper_page: 20\n").New(t))
			if moves == 50 {
				if e, ok := errors.AsType[*source.Error](err); !ok || e.Code != "moving_list" || e.Kind != source.Contract {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for id := range f.Truth() {
				if ids[id] != 1 {
					t.Errorf("%s came %d times", id, ids[id])
				}
			}
		})
	}
}

// TestListEndsWithNulls has elements behind the last project that are none.
func TestListEndsWithNulls(t *testing.T) {
	t.Parallel()
	f := newFake(t, true, []string{"1", "2", "3"})
	f.AddOdd("1", "null")
	f.AddOdd("1", "null")
	ids, err := read(t, service(t, f, "list: projects\n").New(t))
	if err != nil || len(ids) != 4 || ids[""] != 2 {
		t.Errorf("got %v, %v", ids, err)
	}
}

// TestProjectDeletedMeanwhile tells a project that is gone from one that is
// refused.
func TestProjectDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	f := newFake(t, false, []string{"10", "100"})
	src := service(t, f, "").New(t)
	plan, err := src.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.change(func() { f.gone[largeProject] = true })
	for page, err := range src.List(t.Context(), plan.Partitions[0], "") {
		if err != nil || !page.Last || len(page.Records) != 0 {
			t.Errorf("got %+v, %v", page, err)
		}
	}
	// Listed, and yet not found.
	other := source.Partition{Name: "x", Spec: []byte(`{"list":"repositories","project":"` + smallProject + `"}`)}
	server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/repositories") {
			http.NotFound(w, r)
			return
		}
		f.ServeHTTP(w, r)
	}))
	for page, err := range mustOpen(t, "url: "+server.URL+"/acme\ntoken: ${T}\n").List(t.Context(), other, "") {
		if source.KindOf(err) != source.Configuration {
			t.Errorf("got %+v, %v", page, err)
		}
	}
}

func TestOldPlansAndCursors(t *testing.T) {
	t.Parallel()
	src := mustOpen(t, "url: https://dev.azure.com/acme")
	for _, spec := range []string{``, `null`, `{"list":"projects"}`, `{"list":"repositories","project":"../x"}`} {
		for page, err := range src.List(t.Context(), source.Partition{Name: "x", Spec: []byte(spec)}, "") {
			if source.KindOf(err) != source.Configuration {
				t.Errorf("%s: got %+v, %v", spec, page, err)
			}
		}
	}
	for _, cursor := range []source.Cursor{"id:7", "at:5", "id:"} {
		for page, err := range src.List(t.Context(), source.Partition{Name: "x", Spec: []byte(`{"list":"repositories"}`)}, cursor) {
			if source.KindOf(err) != source.Expired {
				t.Errorf("%s: got %+v, %v", cursor, page, err)
			}
		}
	}
}

// answer serves one answer to every request.
func answer(t *testing.T, status int, header map[string]string, body string) string {
	t.Helper()
	server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	return "url: " + server.URL + "/acme\n"
}

func TestUntrustworthyAnswersAreContractErrors(t *testing.T) {
	t.Parallel()
	full := "[" + strings.TrimSuffix(strings.Repeat(`{"id":"`+largeProject+`"},`, 21), ",") + "]"
	for name, tc := range map[string]struct {
		header     map[string]string
		body, code string
	}{
		"bare list":           {nil, `[]`, "not_a_list"},
		"another count":       {nil, `{"count":2,"value":[{"id":"` + largeProject + `"}]}`, "wrong_count"},
		"ids of another form": {nil, `{"count":1,"value":[{"id":7}]}`, "no_ids"},
		"page too long":       {nil, `{"value":` + full + `}`, "page_too_long"},
		"more, and nothing":   {map[string]string{"X-Ms-Continuationtoken": "9"}, `{"count":0,"value":[]}`, "empty_page"},
		"one page for ever":   {nil, `{"count":2,"value":[{"id":"` + largeProject + `"},{"id":"` + smallProject + `"}]}`, "moving_list"},
		"project without id":  {nil, `{"count":2,"value":[null,{"id":"` + largeProject + `"}]}`, "moving_list"},
		"project twice":       {nil, `{"count":2,"value":[{"id":"` + largeProject + `"},{"id":"` + largeProject + `"}]}`, "moving_list"},
		"nulls around one":    {nil, `{"count":3,"value":[null,{"id":"` + largeProject + `"},null]}`, "moving_list"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := read(t, mustOpen(t, answer(t, 200, tc.header, tc.body)+"per_page: 20\n"))
			if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Contract || e.Code != tc.code || e.Sample == "" {
				t.Errorf("got %+v, want %s", err, tc.code)
			}
		})
	}
}

// TestProjectWithoutIDFailsThePlan, because its repositories would look deleted.
func TestProjectWithoutIDFailsThePlan(t *testing.T) {
	t.Parallel()
	server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Query().Get("$skip") == "0" {
			_, _ = fmt.Fprintf(w, `{"count":2,"value":[{"name":"x"},{"id":"%s"}]}`, largeProject)
			return
		}
		_, _ = fmt.Fprintf(w, `{"count":1,"value":[{"id":"%s"}]}`, largeProject)
	}))
	_, err := mustOpen(t, "url: "+server.URL+"/acme\n").Plan(t.Context())
	if e, ok := errors.AsType[*source.Error](err); !ok || e.Code != "no_ids" || e.Sample != `{"name":"x"}` {
		t.Errorf("got %v", err)
	}
}

func TestRefusalsSayWhatToMend(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		header map[string]string
		body   string
		login  string
		kind   source.Kind
		want   string
	}{
		"401":                 {401, nil, `{}`, "token: ${T}\n", source.Configuration, "Code (Read)"},
		"401 for anyone":      {401, nil, `{}`, "", source.Configuration, "without a token"},
		"403":                 {403, nil, `{}`, "token: ${T}\n", source.Configuration, "Code (Read)"},
		"404":                 {404, nil, `{}`, "token: ${T}\n", source.Configuration, "dev.azure.com/<organization>"},
		"203 with a page":     {203, map[string]string{"Content-Type": "text/html"}, `<html>`, "token: ${T}\n", source.Configuration, "expired"},
		"203 for anyone":      {203, map[string]string{"Content-Type": "text/html"}, `<html>`, "", source.Configuration, "without a token"},
		"302 to sign in":      {302, map[string]string{"Location": "https://spsprodneu1.vssps.visualstudio.com/_signin?realm=dev.azure.com"}, ``, "token: ${T}\ntoken_type: bearer\n", source.Configuration, "sign-in page"},
		"429":                 {429, map[string]string{"Retry-After": "41"}, `{}`, "token: ${T}\n", source.RateLimit, "rate"},
		"403 with a wait":     {403, map[string]string{"Retry-After": "41"}, `{}`, "token: ${T}\n", source.RateLimit, "rate"},
		"503 with a wait":     {503, map[string]string{"Retry-After": "41"}, `{}`, "token: ${T}\n", source.Transient, "503"},
		"200, slowed down":    {200, map[string]string{"Retry-After": "41"}, `{"count":1,"value":[{"id":"` + largeProject + `"}]}`, "", source.RateLimit, "slows"},
		"410, no longer here": {410, nil, `{}`, "", source.Configuration, "410"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := read(t, mustOpen(t, answer(t, tc.status, tc.header, tc.body)+tc.login))
			e, ok := errors.AsType[*source.Error](err)
			if !ok || e.Kind != tc.kind || !strings.Contains(e.Message, tc.want) || strings.Contains(e.Error()+e.Sample, token) {
				t.Fatalf("got %+v, want %s with %q", err, tc.kind, tc.want)
			}
			if wait := e.RetryAfter; tc.header["Retry-After"] != "" && (wait > 41*time.Second || wait < 35*time.Second) {
				t.Errorf("waits %s", wait)
			}
		})
	}
}
