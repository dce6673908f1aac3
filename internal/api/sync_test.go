package api_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/api"
	"holdfast/internal/jobs"
	"holdfast/internal/openapi"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

const syncPath = "/api/v1/sync/projects"

func sourcesOf(jobs []openapi.Job) []string {
	var list []string
	for _, j := range jobs {
		list = append(list, j.Source)
	}
	return list
}

func TestStartSync(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body    string
		headers []string
		want    []string
	}{
		"no body, as curl -X POST sends it": {want: []string{"gitlab", "files"}},
		"no body with a form's type, as curl -d '' sends it": {
			headers: []string{"Content-Type", "application/x-www-form-urlencoded"}, want: []string{"gitlab", "files"},
		},
		"only space":      {body: " \n", want: []string{"gitlab", "files"}},
		"empty object":    {body: `{}`, want: []string{"gitlab", "files"}},
		"one":             {body: `{"source":"files"}`, want: []string{"files"}},
		"some":            {body: `{"sources":["files","gitlab"]}`, want: []string{"files", "gitlab"}},
		"twice the same":  {body: `{"sources":["files","files"]}`, want: []string{"files"}},
		"type with a set": {body: `{"source":"files"}`, headers: []string{"Content-Type", "application/json; charset=utf-8"}, want: []string{"files"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			a := b.post(syncPath, test.body, test.headers...).want(http.StatusAccepted)
			jobs := decode[openapi.StartedJobs](a).Jobs
			if diff := cmp.Diff(test.want, sourcesOf(jobs)); diff != "" {
				t.Errorf("sources (-want +got):\n%s", diff)
			}
			location := ""
			if len(jobs) == 1 {
				location = jobs[0].Links.Self
			}
			if got := a.header.Get("Location"); got != location {
				t.Errorf("Location %q, want %q", got, location)
			}
			if a.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			if n := scan[int](b, "select count(*) from sync_jobs where status = 'queued' and caller = 'anonymous'"); n != len(test.want) {
				t.Errorf("%d queued jobs in the database, want %d", n, len(test.want))
			}
		})
	}
}

func TestStartSyncRefuses(t *testing.T) { //nolint:tparallel // the group waits for its tests
	t.Parallel()
	b := setup(t)
	t.Run("each", func(t *testing.T) {
		for name, test := range refusals() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := decode[openapi.Problem](b.post(syncPath, test.body, test.headers...).want(test.status))
				if p.Code != test.code || !strings.Contains(p.Detail, test.detail) {
					t.Errorf("code %q, detail %q; want %q, %q", p.Code, p.Detail, test.code, test.detail)
				}
			})
		}
	})
	if n := scan[int](b, "select count(*) from sync_jobs"); n != 0 {
		t.Errorf("refused requests left %d jobs", n)
	}
}

type refusal struct {
	body    string
	headers []string
	status  int
	code    string
	// detail is a part of the problem's detail.
	detail string
}

func refusals() map[string]refusal {
	return map[string]refusal{
		"bad JSON":         {`{"source":}`, nil, 400, "invalid_json", "at byte 11"},
		"cut off":          {`{"source":"gi`, nil, 400, "invalid_json", "ends at byte 13"},
		"more behind it":   {`{"source":"gitlab"} {}`, nil, 400, "invalid_json", "at byte 20"},
		"no object":        {`["gitlab"]`, nil, 422, "invalid_body", "must be a JSON object"},
		"null":             {`null`, nil, 422, "invalid_body", "must be a JSON object"},
		"unknown field":    {`{"sorce":"gitlab"}`, nil, 422, "invalid_body", `no field "sorce". Known fields: source, sources`},
		"other case":       {`{"Source":"gitlab"}`, nil, 422, "invalid_body", `no field "Source"`},
		"null field":       {`{"source":null}`, nil, 422, "invalid_body", "source is null"},
		"number":           {`{"source":7}`, nil, 422, "invalid_body", "source must be a JSON string, not a number"},
		"number in a list": {`{"sources":["gitlab",7]}`, nil, 422, "invalid_body", "Each element of sources must be a JSON string, not a number"},
		"same field twice": {`{"source":"files","source":"gitlab"}`, nil, 422, "invalid_body", `The field "source" is there twice`},
		"unknown mode":     {`{"source":"gitlab","mode":"quick"}`, nil, 422, "invalid_body", `mode is "quick"; write "full"`},
		"no list":          {`{"sources":"gitlab"}`, nil, 422, "invalid_body", "sources must be a JSON array, not a string"},
		"both":             {`{"source":"gitlab","sources":["files"]}`, nil, 422, "invalid_body", "either source or sources"},
		"empty list":       {`{"sources":[]}`, nil, 422, "invalid_body", "sources is empty"},
		"unknown source":   {`{"source":"gitlba"}`, nil, 404, "unknown_source", "Configured sources: gitlab, files, old"},
		"empty name":       {`{"source":""}`, nil, 422, "invalid_body", "source is empty"},
		"empty in a list":  {`{"sources":["files",""]}`, nil, 422, "invalid_body", "An element of sources is empty"},
		"null in a list":   {`{"sources":["files", null]}`, nil, 422, "invalid_body", "An element of sources is null"},
		"list for one":     {`{"source":["files"]}`, nil, 422, "invalid_body", "source must be a JSON string, not an array"},
		"null for one":     {`{"source":[null]}`, nil, 422, "invalid_body", "source must be a JSON string, not an array"},
		"object for one":   {`{"source":{}}`, nil, 422, "invalid_body", "source must be a JSON string, not an object"},
		"list in a list":   {`{"sources":[["files"]]}`, nil, 422, "invalid_body", "Each element of sources must be a JSON string, not an array"},
		"disabled source":  {`{"source":"old"}`, nil, 422, "source_disabled", "enabled: false"},
		"no type":          {`{"source":"gitlab"}`, []string{"Content-Type", ""}, 415, "unsupported_media_type", "no Content-Type"},
		"wrong type":       {`source=gitlab`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "unsupported_media_type", "form-urlencoded"},
		"compressed":       {"\x1f\x8b", []string{"Content-Encoding", "gzip"}, 415, "unsupported_encoding", "is gzip; send it as it is"},
		"too large":        {`{"source":"` + strings.Repeat("x", 2000) + `"}`, nil, 413, "body_too_large", "1024 bytes"},
		"key of spaces":    {``, []string{"Idempotency-Key", `"a b"`}, 400, "invalid_idempotency_key", "no spaces"},
		"key too long":     {``, []string{"Idempotency-Key", strings.Repeat("k", 256)}, 400, "invalid_idempotency_key", "1 to 255"},
		"key half quoted":  {``, []string{"Idempotency-Key", `"abc`}, 400, "invalid_idempotency_key", "double quote"},
		"two keys":         {``, []string{"Idempotency-Key", "a", "+Idempotency-Key", "b"}, 400, "invalid_idempotency_key", "there 2 times; send it once"},
		"web page":         {``, []string{"Sec-Fetch-Site", "cross-site"}, 403, "cross_origin", "another origin"},
	}
}

// The list may have as many elements as openapi.yaml says.
func TestStartSyncBoundsSources(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *api.Deps) { d.BodyLimit = 1 << 20 })
	list := strings.Repeat(`"files",`, 999) + `"files"`
	b.post(syncPath, `{"sources":[`+list+`]}`).want(http.StatusAccepted)
	p := decode[openapi.Problem](b.post(syncPath, `{"sources":[`+list+`,"files"]}`).want(http.StatusUnprocessableEntity))
	if p.Code != "invalid_body" || !strings.Contains(p.Detail, "1001 elements; it may have 1000") {
		t.Errorf("code %q, detail %q", p.Code, p.Detail)
	}
}

func TestStartSyncWithoutSources(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *api.Deps) { d.Sources = []api.Source{configured("old", false)} })
	if got := b.post(syncPath, "").want(http.StatusUnprocessableEntity).code(); got != "no_source" {
		t.Errorf("code %q", got)
	}
}

// A second POST joins the job that has not begun; once it runs, the next POST
// gets a successor.
func TestStartSyncCoalesces(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.sync("gitlab")
	again := b.sync("gitlab")
	if again.ID != first.ID || first.Coalesced || !again.Coalesced {
		t.Errorf("first %s (coalesced %v), again %s (coalesced %v)", first.ID, first.Coalesced, again.ID, again.Coalesced)
	}
	b.exec("update sync_jobs set status = 'running', started_at = now() where id = $1", first.ID)
	if next := b.sync("gitlab"); next.ID == first.ID || next.Coalesced {
		t.Errorf("a POST during a running job got %s (coalesced %v)", next.ID, next.Coalesced)
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.post(syncPath, `{"source":"gitlab"}`, "Idempotency-Key", "k1").want(http.StatusAccepted)
	b.exec("update sync_jobs set status = 'succeeded', started_at = now(), finished_at = now()")
	replayed := b.post(syncPath, `{"source":"gitlab"}`, "Idempotency-Key", `"k1"`).want(http.StatusAccepted)
	if a, b := first.header.Get("Location"), replayed.header.Get("Location"); a != b {
		t.Errorf("the same key led to %q and then to %q", a, b)
	}
	if got := decode[openapi.StartedJobs](replayed).Jobs[0].Status; got != openapi.JobStatusSucceeded {
		t.Errorf("the replayed job is shown as %s, not as it is", got)
	}
	other := b.post(syncPath, `{"source":"files"}`, "Idempotency-Key", "k1").want(http.StatusUnprocessableEntity)
	if other.code() != "idempotency_key_reused" {
		t.Errorf("code %q", other.code())
	}
}

// reconfigured is a server on the same database with other sources.
func (b *bundle) reconfigured(sources ...api.Source) *bundle {
	b.tb.Helper()
	return setup(b.tb, func(d *api.Deps) {
		client, err := jobs.NewClient(b.pool, slog.New(slog.DiscardHandler))
		if err != nil {
			b.tb.Fatalf("make client: %v", err)
		}
		d.Queue, d.Jobs, d.Sources = client, store.New(b.pool), sources
	})
}

// A key leads to its jobs also when the configuration no longer has their
// sources; without one, or with a new one, the request is refused.
func TestIdempotencyKeyOutlivesConfiguration(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const one, several = `{"source":"gitlab"}`, `{"sources":["gitlab","files"]}`
	ran := b.sync("gitlab")
	b.exec("update sync_jobs set status = 'failed', started_at = now(), finished_at = now()")
	retryPath := jobsPath + "/" + ran.ID + "/retry"
	want := map[string]openapi.Job{"retry": decode[openapi.Job](b.post(retryPath, "", "Idempotency-Key", "retry").want(http.StatusAccepted))}
	for key, body := range map[string]string{"one": one, "several": several, "all": ""} {
		want[key] = decode[openapi.StartedJobs](b.post(syncPath, body, "Idempotency-Key", key).want(http.StatusAccepted)).Jobs[0]
	}
	for name, test := range map[string]struct {
		sources []api.Source
		refusal int
	}{
		"disabled": {[]api.Source{configured("gitlab", false)}, 422},
		"removed":  {[]api.Source{configured("other", true)}, 404},
	} {
		b := b.reconfigured(test.sources...)
		got := map[string]openapi.Job{"retry": decode[openapi.Job](b.post(retryPath, "", "Idempotency-Key", "retry").want(http.StatusAccepted))}
		for key, body := range map[string]string{"one": one, "several": several, "all": ""} {
			got[key] = decode[openapi.StartedJobs](b.post(syncPath, body, "Idempotency-Key", key).want(http.StatusAccepted)).Jobs[0]
		}
		for key := range want {
			if got[key].ID != want[key].ID {
				t.Errorf("%s: the key %q led to job %s and then to %s", name, key, want[key].ID, got[key].ID)
			}
		}
		for _, key := range []string{"", "new"} {
			b.post(syncPath, one, "Idempotency-Key", key).want(test.refusal)
			b.post(retryPath, "", "Idempotency-Key", key).want(test.refusal)
		}
		reused := []answer{b.post(syncPath, one, "Idempotency-Key", "retry"), b.post(retryPath, "", "Idempotency-Key", "one")}
		for _, a := range reused {
			if a.want(http.StatusUnprocessableEntity).code() != "idempotency_key_reused" {
				t.Errorf("%s: a key of another request is answered %s", name, a.body)
			}
		}
	}
	// What has become of the old job is no reason to refuse a repeat either.
	b.exec("update sync_jobs set status = 'succeeded', error = null where id = $1", ran.ID)
	again := decode[openapi.Job](b.post(retryPath, "", "Idempotency-Key", "retry").want(http.StatusAccepted))
	if again.ID != want["retry"].ID {
		t.Errorf("the key led to job %s and then to %s", want["retry"].ID, again.ID)
	}
}

// stubQueue answers every call the same way.
type stubQueue struct {
	api.Queue

	result project.EnqueueResult
	err    error
}

func (q stubQueue) Enqueue(context.Context, project.EnqueueRequest) (project.EnqueueResult, error) {
	return q.result, q.err
}

func TestEnqueueFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"key in flight":   {project.ErrKeyInFlight, 409, "idempotency_key_in_flight"},
		"outcome unknown": {project.ErrOutcomeUnknown, 503, "outcome_unknown"},
		"no connection":   {context.DeadlineExceeded, 503, "database_unavailable"},
		"a bug":           {errors.New("secret detail"), 500, "internal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(d *api.Deps) { d.Queue = stubQueue{err: test.err} })
			a := b.post(syncPath, "").want(test.status)
			if a.code() != test.code {
				t.Errorf("code %q, want %q", a.code(), test.code)
			}
			if test.status != 500 && a.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			if strings.Contains(string(a.body), "secret") {
				t.Errorf("the answer tells of the inside: %s", a.body)
			}
		})
	}
}

// blockingQueue enqueues only when it is let, whatever became of the client.
type blockingQueue struct {
	api.Queue

	begun chan struct{}
	go_   chan struct{}
	err   chan error
}

func (q blockingQueue) Enqueue(ctx context.Context, request project.EnqueueRequest) (project.EnqueueResult, error) {
	close(q.begun)
	<-q.go_
	result, err := q.Queue.Enqueue(ctx, request)
	q.err <- err
	return result, err
}

// A client that goes away right after its POST still gets its job.
func TestClientGone(t *testing.T) {
	t.Parallel()
	q := blockingQueue{begun: make(chan struct{}), go_: make(chan struct{}), err: make(chan error, 1)}
	b := setup(t, func(d *api.Deps) { q.Queue = d.Queue; d.Queue = q })
	ctx, leave := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url+syncPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	left := make(chan struct{})
	go func() {
		defer close(left)
		if response, err := http.DefaultTransport.RoundTrip(request); err == nil {
			_ = response.Body.Close()
		}
	}()
	<-q.begun
	leave()
	<-left
	close(q.go_)
	if err := <-q.err; err != nil {
		t.Fatalf("enqueue: %v", err)
	}
	if n := scan[int](b, "select count(*) from sync_jobs where status = 'queued'"); n != 2 {
		t.Errorf("%d jobs, want 2", n)
	}
}
