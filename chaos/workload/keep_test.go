package workload_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/chaos/journal"
	"holdfast/chaos/workload"
)

// busyAPI has a job that begins at its third poll, whereupon the next is posted.
type busyAPI struct {
	t            *testing.T
	posts, polls int
	enough       context.CancelFunc
}

func (a *busyAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const polls, jobs = 3, 4
	started := "null"
	if r.Method == http.MethodPost {
		if a.posts > 0 && a.polls < polls {
			a.t.Errorf("job %d was posted when the one before had been polled %d times and not begun", a.posts+1, a.polls)
		}
		a.posts, a.polls = a.posts+1, 0
		if a.posts == jobs {
			a.enough()
		}
		w.WriteHeader(http.StatusAccepted)
	} else if a.polls++; a.polls == polls {
		started = `"2026-11-25T09:00:00Z"`
	}
	job := fmt.Sprintf(`{"id":"job-%d","status":"queued","started_at":%s}`, a.posts, started)
	if r.Method == http.MethodPost {
		job = `{"jobs":[` + job + `]}`
	}
	_, _ = fmt.Fprint(w, job)
}

func TestKeepListingPostsTheNextJobOnceOneBegins(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	api := &busyAPI{t: t, enough: cancel}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	j, err := journal.Create(filepath.Join(t.TempDir(), "client.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	c := workload.NewClient("client-1", 42, []string{"forge"}, j, func() []string {
		return []string{strings.TrimPrefix(server.URL, "http://")}
	})
	if err := c.KeepListing(ctx, "forge"); err != nil {
		t.Error(err)
	}
	records, err := j.Close()
	if err != nil {
		t.Fatal(err)
	}
	// The answer to the last POST need not have arrived.
	if len(records) < api.posts-1 || api.posts < 4 {
		t.Errorf("%d jobs posted, %d in the journal", api.posts, len(records))
	}
}
