package workload

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/chaos/history"
	"holdfast/chaos/journal"
	"holdfast/internal/project"
)

// clientOf is a client of an API with one source.
func clientOf(t *testing.T, api http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	j, err := journal.Create(filepath.Join(t.TempDir(), "client.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = j.Close() })
	return NewClient("client-1", 42, []string{"forge"}, j, func() []string {
		return []string{strings.TrimPrefix(server.URL, "http://")}
	})
}

const (
	theJob = "01a207b9-d990-76af-92fc-56639aa8645a"
	oldJob = "01a207b9-e6df-7433-b099-4a5a50958d51"
)

// shows is a job as the API shows it.
func shows(id, status, more string) string {
	return fmt.Sprintf(`{"id":%q,"source":"forge","status":%q%s}`, id, status, more)
}

const (
	begun = `,"started_at":"2026-11-23T09:00:00Z"`
	asked = `,"cancel_requested_at":"2026-11-23T09:00:01Z"`
)

// What an answer says is in the history, and no more.
func TestWhatAnAnswerSaysIsInTheHistory(t *testing.T) {
	t.Parallel()
	saw := func(job string, status project.Status, begun, asked bool) history.Event {
		return history.Event{Kind: history.Saw, Job: job, View: history.View{Status: status, Begun: begun, Asked: asked}}
	}
	of := func(kind history.Kind, job string) history.Event { return history.Event{Kind: kind, Job: job} }
	started := `{"jobs":[` + shows(theJob, "queued", "") + `]}`
	joined := `{"jobs":[` + shows(theJob, "waiting", `,"coalesced":true`) + `]}`
	for name, test := range map[string]struct {
		do     func(*Client, context.Context) error
		status int
		body   string
		want   []history.Event
	}{
		"POST, a new job":      {(*Client).postWithKey, 202, started, []history.Event{of(history.Created, theJob), saw(theJob, "queued", false, false)}},
		"POST, joined":         {(*Client).postWithoutKey, 202, joined, []history.Event{of(history.Coalesced, theJob), saw(theJob, "waiting", false, false)}},
		"POST, nobody knows":   {(*Client).postWithoutKey, 503, `{"code":"outcome_unknown"}`, []history.Event{of(history.LostPost, "")}},
		"POST, a wrong answer": {(*Client).postWithoutKey, 500, ``, []history.Event{of(history.LostPost, "")}},
		"POST, repeated": {
			func(c *Client, ctx context.Context) error {
				c.posted = []post{{key: "k", source: "forge"}}
				return c.repeat(ctx)
			}, 202, joined, []history.Event{saw(theJob, "waiting", false, false)},
		},
		"GET": {(*Client).poll, 200, shows(oldJob, "running", begun), []history.Event{saw(oldJob, "running", true, false)}},
		"GET, and a decision": {
			(*Client).poll, 200, shows(oldJob, "succeeded", begun+`,"deletions":{"held":3}`),
			[]history.Event{saw(oldJob, "succeeded", true, false), of(history.Decided, "")},
		},
		"GET, no answer": {(*Client).poll, 503, ``, nil},
		"cancel": {
			(*Client).cancel, 202, shows(oldJob, "running", begun+asked),
			[]history.Event{of(history.CancelAccepted, oldJob), saw(oldJob, "running", true, true)},
		},
		"cancel, refused":      {(*Client).cancel, 409, `{"code":"job_finished"}`, []history.Event{of(history.CancelRefused, oldJob)}},
		"cancel, nobody knows": {(*Client).cancel, 503, ``, []history.Event{of(history.LostCancel, oldJob)}},
		"retry": {
			(*Client).retry, 202, shows(theJob, "queued", ""),
			[]history.Event{of(history.RetryAccepted, oldJob), of(history.Created, theJob), saw(theJob, "queued", false, false)},
		},
		"retry, refused": {(*Client).retry, 409, `{"code":"not_retryable"}`, []history.Event{of(history.RetryRefused, oldJob)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clientOf(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.body)
			})
			c.Promised.add(oldJob, "forge")
			before := time.Now()
			if err := test.do(c, t.Context()); err != nil {
				t.Fatal(err)
			}
			var got []history.Event
			for _, o := range c.History.Operations() {
				got = append(got, o.Event)
				lost := o.Kind == history.LostPost || o.Kind == history.LostCancel
				if o.Client != "client-1" || o.Source != "forge" || o.Call.Before(before) || o.Return.IsZero() != lost || !lost && o.Return.Before(o.Call) {
					t.Errorf("recorded %+v", o)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A POST for every source that is never answered stays open for each of them.
func TestAPostThatIsNeverAnsweredStaysOpen(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c := clientOf(t, func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	c.Sources = []string{"forge-1", "forge-2"}
	if _, err := c.post(ctx, post{key: "k"}); err == nil {
		t.Fatal("a POST without an answer returned")
	}
	var open []string
	for _, o := range c.History.Operations() {
		if o.Kind == history.LostPost {
			open = append(open, o.Source)
		}
	}
	if diff := cmp.Diff(c.Sources, open); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A POST is one operation from its first call to its last answer, and the job
// that it shows was read after its last call.
func TestAPostIsRepeatedUntilItIsAnswered(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	var first, last atomic.Pointer[time.Time]
	c := clientOf(t, func(w http.ResponseWriter, _ *http.Request) {
		now := time.Now()
		switch calls.Add(1) {
		case 1:
			first.Store(&now)
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			w.WriteHeader(http.StatusConflict)
			fmt.Fprint(w, `{"code":"idempotency_key_in_flight"}`)
		default:
			last.Store(&now)
			w.WriteHeader(http.StatusAccepted)
			fmt.Fprint(w, `{"jobs":[`+shows(theJob, "queued", "")+`]}`)
		}
	})
	if _, err := c.post(t.Context(), post{key: "k", source: "forge"}); err != nil {
		t.Fatal(err)
	}
	operations := c.History.Operations()
	if len(operations) != 2 || calls.Load() != 3 {
		t.Fatalf("recorded %v after %d calls", operations, calls.Load())
	}
	post, saw := operations[0], operations[1]
	if post.Kind != history.Created || post.Call.After(*first.Load()) || post.Return.Before(*last.Load()) {
		t.Errorf("%s from %s to %s, want it from before %s to after %s", post.Event, post.Call, post.Return, first.Load(), last.Load())
	}
	if saw.Kind != history.Saw || !saw.Call.After(*first.Load()) || saw.Call.After(*last.Load()) {
		t.Errorf("%s from %s on, want it after %s and before %s", saw.Event, saw.Call, first.Load(), last.Load())
	}
}

// What one client was promised others ask about; what they saw of it stays
// their own, for it may be older.
func TestClientsShareTheirJobs(t *testing.T) {
	t.Parallel()
	api := func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusAccepted)
			fmt.Fprint(w, `{"jobs":[`+shows(theJob, "queued", "")+`]}`)
			return
		}
		fmt.Fprint(w, shows(theJob, "failed", begun))
	}
	first, second := clientOf(t, api), clientOf(t, api)
	second.Promised = first.Promised
	if err := first.postWithKey(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := second.poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if second.ended[theJob] != "failed" || first.ended[theJob] != "" {
		t.Errorf("the second client saw %q, the first one %q", second.ended[theJob], first.ended[theJob])
	}
}

func TestPromisedKeepsTheNewest(t *testing.T) {
	t.Parallel()
	var p Promised
	for i := range recent + 2 {
		p.add(fmt.Sprint(i), "forge")
		p.add("again", "forge")
	}
	var got []string
	for _, known := range p.jobs {
		got = append(got, known.job)
	}
	if len(got) != recent || got[0] != "3" || got[recent-1] != "again" {
		t.Errorf("kept %v", got)
	}
}
