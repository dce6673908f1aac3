package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"holdfast/internal/openapi"
)

const jobsPath = "/api/v1/sync/jobs"

// partition inserts a partition of a job.
func (b *bundle) partition(jobID string, ordinal int, state string, total *int64, seen int64, beat time.Time) {
	b.tb.Helper()
	b.exec(`insert into sync_partitions (job_id, ordinal, name, spec, state, total, seen, created, unchanged, page_no, quarantined,
			duplicates, heartbeat_at)
		values ($1, $2, 'part', '{}', $3, $4, $5::bigint, $5::bigint - 1, 1, 2, 3, 4, $6)`, jobID, ordinal, state, total, seen, beat)
}

func TestGetJob(t *testing.T) {
	t.Parallel()
	b := setup(t)
	job := b.sync("gitlab")
	start := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	b.exec("update sync_jobs set status = 'running', phase = 'list', created_at = $2, started_at = $2, heartbeat_at = $2 where id = $1",
		job.ID, start)
	b.partition(job.ID, 0, "done", new(int64(300)), 300, start.Add(time.Second))
	b.partition(job.ID, 1, "running", new(int64(700)), 100, start.Add(2*time.Second))

	a := b.get(jobsPath + "/" + job.ID).want(http.StatusOK)
	self := jobsPath + "/" + job.ID
	want := openapi.Job{
		ID: job.ID, Kind: openapi.JobKindSyncProjects, Source: "gitlab", Status: openapi.JobStatusRunning,
		Mode: openapi.JobModeFull, Trigger: openapi.JobTriggerAPI, CreatedAt: start, StartedAt: &start,
		HeartbeatAt: new(start.Add(2 * time.Second)),
		Progress: openapi.Progress{
			PartitionsDone: 1, Partitions: 2, Pages: 4, Seen: 400, Total: new(int64(1000)),
			RowsPerSecond: new(200.0), EtaSeconds: new(int64(3)),
		},
		Counts: openapi.Counts{Created: 398, Unchanged: 2, Quarantined: 6, Duplicates: 8},
		Links: openapi.JobLinks{
			Self: self, Cancel: new(self + "/cancel"), Events: self + "/events", Quarantine: self + "/quarantine",
		},
	}
	if diff := cmp.Diff(want, decode[openapi.Job](a)); diff != "" {
		t.Errorf("job (-want +got):\n%s", diff)
	}
	if got := a.header.Get("Cache-Control"); got != "private, no-cache" {
		t.Errorf("Cache-Control %q", got)
	}
	if got := a.header.Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After %q", got)
	}
}

// A total that not every partition states is no total, and nobody estimates.
func TestTotalIsNeverInvented(t *testing.T) {
	t.Parallel()
	b := setup(t)
	job := b.sync("gitlab")
	b.exec("update sync_jobs set status = 'running', started_at = now() - interval '10 seconds' where id = $1", job.ID)
	b.partition(job.ID, 0, "running", new(int64(300)), 100, time.Now())
	b.partition(job.ID, 1, "running", nil, 100, time.Now())
	got := decode[openapi.Job](b.get(jobsPath + "/" + job.ID)).Progress
	if got.Total != nil || got.EtaSeconds != nil {
		t.Errorf("total %v, eta %v; want null", got.Total, got.EtaSeconds)
	}
	b.exec("update sync_jobs set total = 700 where id = $1", job.ID)
	if got := decode[openapi.Job](b.get(jobsPath + "/" + job.ID)).Progress.Total; got == nil || *got != 700 {
		t.Errorf("the plan's total is shown as %v", got)
	}
}

func TestGetFinishedJob(t *testing.T) {
	t.Parallel()
	b := setup(t)
	job := b.sync("gitlab")
	b.exec(`update sync_jobs set status = 'failed', phase = 'done', started_at = now(), finished_at = now(), listing_complete = false,
		incomplete_reason = 'a page was missing', held = 0,
		error = '{"code":"unauthorized","message":"check the token","retryable":false,"at":"2026-11-23T08:00:00Z"}',
		receipt = '{"verified":true,"rows_seen":1,"rows_found":1,"checksum_tallied":"a","checksum_read":"a","live_rows":1,
			"read_at":"2026-11-23T08:00:00Z"}' where id = $1`, job.ID)
	a := b.get(jobsPath + "/" + job.ID).want(http.StatusOK) // a failed job is a successful answer
	got := decode[openapi.Job](a)
	if got.Error == nil || got.Error.Code != "unauthorized" || got.Receipt == nil || !got.Receipt.Verified ||
		got.Listing.Complete == nil || got.Links.Retry == nil || got.Links.Cancel != nil {
		t.Errorf("incomplete: %s", a.body)
	}
	if a.header.Get("Retry-After") != "" {
		t.Error("Retry-After on a finished job")
	}
}

func TestWaitingJobSaysWhenToAsk(t *testing.T) {
	t.Parallel()
	b := setup(t)
	job := b.sync("gitlab")
	b.exec(`update sync_jobs set status = 'waiting', started_at = now(), waiting_reason = 'rate_limited',
		retry_at = now() + interval '1 hour' where id = $1`, job.ID)
	a := b.get(jobsPath + "/" + job.ID).want(http.StatusOK)
	if got := a.header.Get("Retry-After"); got != "30" {
		t.Errorf("Retry-After %q, want 30", got)
	}
	if got := decode[openapi.Job](a).WaitingReason; got == nil || *got != openapi.WaitingReasonRateLimited {
		t.Errorf("waiting_reason %v", got)
	}
}

func TestETag(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := jobsPath + "/" + b.sync("gitlab").ID
	tag := b.get(path).want(http.StatusOK).header.Get("ETag")
	for header, status := range map[string]int{
		tag:                     http.StatusNotModified,
		"W/" + tag:              http.StatusNotModified,
		`"x", W/"y" , ` + tag:   http.StatusNotModified,
		"*":                     http.StatusNotModified,
		`"x"`:                   http.StatusOK,
		"not a tag":             http.StatusOK,
		`"unclosed`:             http.StatusOK,
		tag[:len(tag)-2] + `x"`: http.StatusOK,
	} {
		a := b.get(path, "If-None-Match", header)
		if a.status != status {
			t.Errorf("If-None-Match %s: %d, want %d", header, a.status, status)
		}
		if a.header.Get("ETag") != tag {
			t.Errorf("If-None-Match %s: ETag %q, want %q", header, a.header.Get("ETag"), tag)
		}
		if status == http.StatusNotModified && len(a.body) > 0 {
			t.Errorf("304 with a body: %s", a.body)
		}
	}
	// Several lines are one list.
	b.get(path, "If-None-Match", `"x"`, "+If-None-Match", `"y", `+tag).want(http.StatusNotModified)
	b.get(path, "If-None-Match", `"x"`, "+If-None-Match", `"y"`).want(http.StatusOK)
	b.exec("update sync_jobs set cancel_requested_at = now()")
	b.get(path, "If-None-Match", tag).want(http.StatusOK)
}

func TestJobIDs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.sync("gitlab").ID
	for path, want := range map[string]string{
		"/nonsense":                   "invalid_id",
		"/%7B" + id + "%7D":           "invalid_id",
		"/" + id + "0":                "invalid_id",
		"/%00":                        "invalid_id",
		"/" + uuid.NewString():        "not_found",
		"/" + id + "/nothing":         "unknown_route",
		"/nonsense/events":            "invalid_id",
		"/nonsense/quarantine":        "invalid_id",
		"/nonsense/deletions":         "invalid_id",
		"/" + id + "/deletions":       "not_found",
		"/" + id + "?wait=1":          "invalid_parameter",
		"/" + id + "?wait=61s":        "invalid_parameter",
		"/" + id + "?wait=-1s":        "invalid_parameter",
		"/" + id + "?watch=1s":        "unknown_parameter",
		"/" + id + "?wait=0s&wait=0s": "invalid_parameter",
	} {
		if got := b.get(jobsPath + path).code(); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	for _, path := range []string{"/events", "/quarantine", "/deletions"} {
		b.get(jobsPath + "/" + uuid.NewString() + path).want(http.StatusNotFound)
	}
	for _, action := range []string{"/cancel", "/retry", "/deletions/approve", "/deletions/discard"} {
		b.post(jobsPath+"/"+uuid.NewString()+action, "").want(http.StatusNotFound)
		b.post(jobsPath+"/nonsense"+action, "").want(http.StatusBadRequest)
	}
}

// Every page of the list, in pages of two: each job once, newest first.
func TestListJobs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sync("files")
	var want []string
	for range 5 {
		job := b.sync("gitlab")
		want = append([]string{job.ID}, want...)
		b.exec("update sync_jobs set status = 'cancelled', finished_at = now() where id = $1", job.ID)
	}
	var got []string
	token := ""
	for pages := 0; ; pages++ {
		page := decode[openapi.JobList](b.get(jobsPath + "?source=gitlab&status=cancelled&page_size=2" + token).want(http.StatusOK))
		for _, job := range page.Jobs {
			got = append(got, job.ID)
		}
		if page.NextPageToken == nil {
			break
		}
		token = "&page_token=" + *page.NextPageToken
		if pages == 0 {
			for _, other := range []string{"?source=files", "?source=gitlab", "?source=gitlab&status=failed"} {
				if code := b.get(jobsPath + other + token).want(http.StatusBadRequest).code(); code != "invalid_page_token" {
					t.Errorf("%s: %s", other, code)
				}
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	if n := len(decode[openapi.JobList](b.get(jobsPath)).Jobs); n != 6 {
		t.Errorf("%d jobs without a filter, want 6", n)
	}
}

func TestListParameters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for query, want := range map[string]string{
		"?page_size=0":                    "invalid_parameter",
		"?page_size=501":                  "invalid_parameter",
		"?page_size=ten":                  "invalid_parameter",
		"?page_size=":                     "invalid_parameter",
		"?page_size=99999999999999999999": "invalid_parameter",
		"?%zz=1":                          "invalid_parameter",
		"?source=%zz":                     "invalid_parameter",
		"?page_token=abc":                 "invalid_page_token",
		"?page_token=%00":                 "invalid_page_token",
		"?status=done":                    "invalid_parameter",
		"?source=gitlba":                  "unknown_source",
		"?sourec=gitlab":                  "unknown_parameter",
		"?page_size=1&page_size=2":        "invalid_parameter",
		"?page_token=eyJsIjoiam9icyJ9":    "invalid_page_token",
		"?status=failed&status=canceled":  "invalid_parameter",
	} {
		if got := b.get(jobsPath + query).code(); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	b.get(jobsPath + "?source=old").want(http.StatusOK) // disabled, but configured
	b.exec("insert into sources (name, kind) values ('gone', 'gitlab')")
	b.get(jobsPath + "?source=gone").want(http.StatusOK) // left the configuration, its jobs did not
}

// A parameter that cannot be read is answered in the words of the interface,
// not in those of the libraries that read it.
func TestParametersInPlainWords(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, want := range map[string]string{
		jobsPath + "?page_size=ten":                `page_size must be a whole number from 1 to 500; it is "ten".`,
		jobsPath + "?page_size=501":                `page_size must be a whole number from 1 to 500; it is "501".`,
		"/api/v1/projects?include_deleted=perhaps": `include_deleted must be true or false; it is "perhaps".`,
		jobsPath + "?source=%zz":                   `The query of the address cannot be read: invalid URL escape "%zz".`,
		"/api/v1/sources/":                         "There is nothing at /api/v1/sources/: no path ends with a slash here. GET /openapi.yaml describes every path.",
	} {
		if got := decode[openapi.Problem](b.get(path)).Detail; got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	job := b.sync("gitlab")
	got := decode[openapi.Job](b.post(jobsPath+"/"+job.ID+"/cancel", "").want(http.StatusAccepted))
	if got.Status != openapi.JobStatusCancelled || got.CancelRequestedAt == nil {
		t.Errorf("a queued job is %s after its cancel", got.Status)
	}
	if code := b.post(jobsPath+"/"+job.ID+"/cancel", "").want(http.StatusConflict).code(); code != "job_finished" {
		t.Errorf("code %q", code)
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	b := setup(t)
	job := b.sync("gitlab")
	path := jobsPath + "/" + job.ID + "/retry"
	if code := b.post(path, "").want(http.StatusConflict).code(); code != "not_retryable" {
		t.Errorf("code %q", code)
	}
	b.post(jobsPath+"/"+job.ID+"/cancel", "").want(http.StatusAccepted)
	a := b.post(path, "", "Idempotency-Key", "again").want(http.StatusAccepted)
	got := decode[openapi.Job](a)
	if got.ID == job.ID || got.RetryOf == nil || *got.RetryOf != job.ID || got.Trigger != openapi.JobTriggerRetry {
		t.Errorf("not a retry of %s: %s", job.ID, a.body)
	}
	if a.header.Get("Location") != got.Links.Self {
		t.Errorf("Location %q, want %q", a.header.Get("Location"), got.Links.Self)
	}
	if again := decode[openapi.Job](b.post(path, "", "Idempotency-Key", "again")); again.ID != got.ID {
		t.Errorf("the same key led to %s and then to %s", got.ID, again.ID)
	}
	b.exec("delete from sync_jobs where id = $1", job.ID)
	if again := decode[openapi.Job](b.post(path, "", "Idempotency-Key", "again").want(http.StatusAccepted)); again.ID != got.ID {
		t.Errorf("the same key led to %s, and to %s once %s was removed", got.ID, again.ID, job.ID)
	}
	if code := b.post(path, "").want(http.StatusNotFound).code(); code != "not_found" {
		t.Errorf("a job that was removed: code %q", code)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	b := setup(t)
	job := b.sync("gitlab")
	b.partition(job.ID, 0, "running", nil, 1, time.Now())
	for i := range 3 {
		b.exec(`insert into sync_events (job_id, partition_id, kind, code, message, retryable)
			values ($1, (select id from sync_partitions), 'transient', $2, 'wait', true)`, job.ID, fmt.Sprint("e", i))
	}
	first := decode[openapi.EventList](b.get(jobsPath + "/" + job.ID + "/events?page_size=2").want(http.StatusOK))
	second := decode[openapi.EventList](b.get(jobsPath + "/" + job.ID + "/events?page_size=2&page_token=" + *first.NextPageToken))
	var codes []string
	for _, e := range append(first.Events, second.Events...) {
		codes = append(codes, e.Code)
		if e.Partition == nil || *e.Partition != "part" {
			t.Errorf("partition %v", e.Partition)
		}
	}
	if diff := cmp.Diff([]string{"e0", "e1", "e2"}, codes); diff != "" || second.NextPageToken != nil {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	// A token of one job's events is none of another's.
	other := b.sync("files")
	b.get(jobsPath + "/" + other.ID + "/events?page_token=" + *first.NextPageToken).want(http.StatusBadRequest)
}

func TestQuarantine(t *testing.T) {
	t.Parallel()
	b := setup(t)
	job := b.sync("gitlab")
	b.partition(job.ID, 0, "running", nil, 1, time.Now())
	large := make([]byte, 100<<10)
	b.exec(`insert into quarantined_records (job_id, source, partition_id, page_no, external_id, reason, payload)
		values ($1, 'gitlab', (select id from sync_partitions), 3, '7', 'not UTF-8', $2), ($1, 'gitlab', 0, 4, null, 'too large', $3)`,
		job.ID, []byte("{\"name\":\"\xff\x00\"}"), large)
	got := decode[openapi.QuarantineList](b.get(jobsPath + "/" + job.ID + "/quarantine").want(http.StatusOK)).Records
	if len(got) != 2 {
		t.Fatalf("%d records, want 2", len(got))
	}
	if got[0].Payload != "{\"name\":\"\uFFFD\x00\"}" || got[0].PayloadBytes != 13 || got[0].Page != 3 || got[0].Partition != "part" {
		t.Errorf("record %+v", got[0])
	}
	if len(got[1].Payload) != 64<<10 || got[1].PayloadBytes != len(large) || got[1].ExternalID != nil {
		t.Errorf("a large record is shown with %d of %d bytes", len(got[1].Payload), got[1].PayloadBytes)
	}
}
