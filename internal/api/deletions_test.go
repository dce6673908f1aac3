package api_test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"holdfast/internal/openapi"
)

// held makes a finished job that holds back the deletion of n of its source's
// rows, and returns it.
func (b *bundle) held(n int) openapi.Job {
	b.tb.Helper()
	job := b.sync("gitlab")
	for i := range n + 1 {
		b.row("gitlab", strconv.Itoa(i), fmt.Sprint("group/p", i))
	}
	b.exec("update sync_jobs set status = 'succeeded', phase = 'done', started_at = now(), finished_at = now(), held = $2 where id = $1", job.ID, n)
	b.exec("insert into deletion_plans (source, job_id, held, live, absent_runs) values ('gitlab', $1, $2::bigint, $2::bigint + 1, 2)", job.ID, n)
	b.exec(`insert into project_absences (project_id, source, runs, first_job, last_job)
		select id, 'gitlab', 2, $1, $1 from projects where external_id <> '0'`, job.ID)
	// One more is absent, but not for long enough.
	b.exec(`insert into project_absences (project_id, source, runs, first_job, last_job)
		select id, 'gitlab', 1, $1, $1 from projects where external_id = '0'`, job.ID)
	return job
}

// row inserts a project.
func (b *bundle) row(source, externalID, path string) {
	b.tb.Helper()
	b.exec(`insert into projects (source, external_id, name, full_path, topics, payload, content_hash)
		values ($1, $2, $3, $3, '{a,b}', '{"id":1}', '\xabcd')`, source, externalID, path)
}

func TestDeletions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		decision string
		state    openapi.DeletionPlanState
		live     int
		rows     int
	}{
		{"approve", openapi.DeletionPlanStateApproved, 1, 3},
		{"discard", openapi.DeletionPlanStateDiscarded, 4, 0},
	} {
		t.Run(test.decision, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			job := b.held(3)
			path := jobsPath + "/" + job.ID + "/deletions"
			if link := decode[openapi.Job](b.get(jobsPath + "/" + job.ID)).Links.Deletions; link == nil || *link != path {
				t.Errorf("link %v", link)
			}
			first := decode[openapi.Deletions](b.get(path + "?page_size=2").want(http.StatusOK))
			if first.Plan.State != openapi.DeletionPlanStateHeld || first.Plan.Held != 3 || first.Plan.Live != 4 || len(first.Rows) != 2 {
				t.Errorf("held plan: %+v", first)
			}
			rest := decode[openapi.Deletions](b.get(path + "?page_size=2&page_token=" + *first.NextPageToken).want(http.StatusOK))
			if len(rest.Rows) != 1 || rest.NextPageToken != nil {
				t.Errorf("second page: %+v", rest)
			}

			plan := decode[openapi.DeletionPlan](b.post(path+"/"+test.decision, "").want(http.StatusOK))
			if plan.State != test.state || plan.DecidedBy == nil || *plan.DecidedBy != "anonymous" || plan.DecidedAt == nil {
				t.Errorf("decided plan: %+v", plan)
			}
			if n := scan[int](b, "select count(*) from active_projects"); n != test.live {
				t.Errorf("%d live rows, want %d", n, test.live)
			}
			if rows := decode[openapi.Deletions](b.get(path)).Rows; len(rows) != test.rows {
				t.Errorf("%d rows after the decision, want %d", len(rows), test.rows)
			}
			if code := b.post(path+"/"+test.decision, "").want(http.StatusConflict).code(); code != "nothing_held" {
				t.Errorf("deciding again: %s", code)
			}
		})
	}
}

func TestDeletionsWaitForSync(t *testing.T) {
	t.Parallel()
	b := setup(t)
	job := b.held(1)
	b.sync("gitlab")
	b.exec("update sync_jobs set status = 'running', started_at = now() where status = 'queued'")
	a := b.post(jobsPath+"/"+job.ID+"/deletions/approve", "").want(http.StatusConflict)
	if a.code() != "sync_running" || a.header.Get("Retry-After") == "" {
		t.Errorf("answer: %s", a.body)
	}
}
