package workload_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"holdfast/chaos/journal"
	"holdfast/chaos/workload"
	"holdfast/internal/sampleforge"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

// live lets a client live against an API until it has done a good deal, and
// returns it with its journal.
func live(t *testing.T, api http.HandlerFunc) (*workload.Client, []journal.Record) {
	t.Helper()
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	j, err := journal.Create(filepath.Join(t.TempDir(), "client.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	c := workload.NewClient("client-1", 42, []string{"forge"}, j, func() []string {
		return []string{"", strings.TrimPrefix(server.URL, "http://")}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if err := c.Live(ctx); err != nil {
		t.Error(err)
	}
	records, err := j.Close()
	if err != nil {
		t.Fatal(err)
	}
	return c, records
}

const (
	jobID = "01a207b9-d990-76af-92fc-56639aa8645a"
	job   = `{"id":"` + jobID + `","status":"failed","deletions":{"held":0}}`
)

// answer is an API with one job, which has failed, and one row.
func answer(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/api/v1/projects":
		fmt.Fprint(w, `{"projects":[{"id":"7","last_changed_at":"2026-11-23T09:00:00Z"}]}`)
	case r.Method == http.MethodGet:
		fmt.Fprint(w, job)
	case strings.HasSuffix(r.URL.Path, "/cancel"):
		w.WriteHeader(http.StatusConflict)
	case strings.HasSuffix(r.URL.Path, "/retry"):
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, job)
	default:
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, `{"jobs":[`+job+`]}`)
	}
}

func TestWhatAClientIsToldIsInItsJournal(t *testing.T) {
	t.Parallel()
	c, records := live(t, answer)
	var accepted, ended, rows int
	for _, r := range records {
		switch {
		case r.Accepted != nil && r.Accepted.Jobs[0] == jobID:
			accepted++
		case r.Ended != nil && r.Ended.Status == "failed":
			ended++
		case len(r.Rows) == 1 && r.Rows[0].ID == "7":
			rows++
		}
	}
	if accepted == 0 || ended == 0 || rows == 0 || accepted+ended+rows != len(records) {
		t.Errorf("%d accepted, %d ended, %d rows in %d records", accepted, ended, rows, len(records))
	}
	if wrong := c.Wrong(); len(wrong) > 0 {
		t.Errorf("answers that are right are taken for wrong: %v", wrong)
	}
}

func TestUncertainAnswersPromiseNothing(t *testing.T) {
	t.Parallel()
	keys := map[string]int{}
	c, records := live(t, func(w http.ResponseWriter, r *http.Request) {
		keys[r.Header.Get("Idempotency-Key")]++
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	if len(records) > 0 || len(c.Wrong()) > 0 {
		t.Errorf("%d records, wrong %v: want neither", len(records), c.Wrong())
	}
	delete(keys, "")
	for key, times := range keys {
		if times < 2 {
			t.Errorf("key %s was sent %d times, want it to be repeated", key, times)
		}
	}
	if len(keys) != 1 {
		t.Errorf("%d keys were sent, want the client to insist on its first one", len(keys))
	}
}

func TestAnswersThatNobodyShouldGet(t *testing.T) {
	t.Parallel()
	c, _ := live(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	if wrong := c.Wrong(); len(wrong) != 1 || !strings.Contains(wrong[0].Rows[0], "500") {
		t.Errorf("found %v, want the 500s", wrong)
	}
}

func TestMutatorDoesEverything(t *testing.T) {
	t.Parallel()
	changed := map[string]int{}
	synctest.Test(t, func(t *testing.T) {
		forge := sampleforge.New(sampleforge.Options{Projects: 100, Seed: 1})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		var err error
		if changed, err = workload.NewMutator(forge, 42, 0).Live(ctx); err != nil {
			t.Fatal(err)
		}
	})
	for _, what := range []string{"create", "rename", "update", "remove", "remove_many", "restore", "restore_all"} {
		if changed[what] == 0 {
			t.Errorf("%s never happened: %v", what, changed)
		}
	}
}
