package e2e_test

import (
	"strconv"
	"syscall"
	"testing"
	"time"

	"holdfast/internal/openapi"
	"holdfast/internal/sampleforge"
)

// The worker dies between every two statements of a job's life, another one
// carries the job on, and nothing shows of it. The job creates, changes, renames
// and finds absent rows; its listing has eight pages, the last one empty.
func TestWorkerIsKilledAtEveryStatement(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ point, moment string }{
		{"tx.written:1", "the job is claimed, but not committed"},
		{"tx.committed:1", "the job is claimed"},
		{"tx.written:2", "the partitions are written, but not committed"},
		{"tx.committed:2", "the partitions are written"},
		{"page.fetched:1", "the first page is there, nothing of it written"},
		{"page.begun:1", "the first page is looked up"},
		{"page.rows_sent:1", "the first page's rows are sent"},
		{"page.rows_written:1", "the first page's rows are written"},
		{"page.commit_sent:1", "the first page's commit is sent"},
		{"page.committed:1", "the first page is committed"},
		{"page.fetched:2", "the second page is there, nothing of it written"},
		{"page.begun:7", "the page with new rows is looked up"},
		{"page.rows_sent:2", "the rows of the second page that has any are sent"},
		{"page.rows_written:2", "the rows of the second page that has any are written"},
		{"page.commit_sent:7", "the commit of the page with new rows is sent"},
		{"page.committed:7", "the page with new rows is committed"},
		{"page.commit_sent:8", "the last page's commit is sent"},
		{"page.committed:8", "the last page is committed"},
		{"tx.written:3", "the partition is done and the end begun, but not committed"},
		{"tx.committed:3", "the partition is done and the end begun"},
		{"tx.written:4", "the end is written, but not committed"},
		{"tx.committed:4", "the end is committed"},
	} {
		t.Run(test.point, func(t *testing.T) {
			t.Parallel()
			diesAndGoesOn(t, test.point, test.moment, 1)
		})
	}
}

// The same where pages share transactions: of three at most, so that there are
// three transactions at least.
func TestWorkerIsKilledWithSeveralPages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ point, moment string }{
		{"page.begun:2", "more pages are looked up"},
		{"page.begun:3", "the last but one or the last pages are looked up"},
		{"page.rows_written:2", "the rows of the second pages that have any are written"},
		{"page.commit_sent:2", "the commit of more pages is sent"},
		{"page.committed:2", "more pages are committed"},
		{"page.committed:3", "the last but one or the last pages are committed"},
	} {
		t.Run(test.point, func(t *testing.T) {
			t.Parallel()
			diesAndGoesOn(t, test.point, test.moment, 3)
		})
	}
}

// diesAndGoesOn lets a worker die in the course of a sync that changes rows, and
// another one carry it on, with so many pages in a transaction.
func diesAndGoesOn(t *testing.T, point, moment string, together int) {
	t.Helper()
	s := start(t, withProjects(120), withWorkers(0), withWorker("lease", "1s"),
		withWorker("pages_per_transaction", strconv.Itoa(together)))
	first := s.startWorker()
	s.sync()
	first.kill()
	ids := changeForge(t, s.forge)

	dying := s.startDyingWorker(point)
	job := s.post()
	dying.awaitEnd(t, patience)
	s.startWorker()
	job = s.waitFor(job.ID, openapi.JobStatusSucceeded)

	want := openapi.Counts{Created: 20, Updated: 3, Unchanged: 116, Absent: 1}
	if job.Counts != want {
		t.Errorf("killed when %s: counts %+v, want %+v", moment, job.Counts, want)
	}
	// The removed row stays until a second listing misses it too.
	if err := s.forge.Restore(ids[0]); err != nil {
		t.Fatal(err)
	}
	s.mirrors("forge")
}

// Tasks of their own carry what the planning task does not list itself: all
// partitions but the first, and what a slice left over.
func TestWorkerIsKilledWithAPartitionClaimed(t *testing.T) {
	t.Parallel()
	s := start(t, withProjects(120), withWorkers(0), withWorker("lease", "1s"), withSource("partitions: 2"))
	dying := s.startDyingWorker("partition.claimed:1")
	job := s.post()
	dying.awaitEnd(t, patience)
	s.startWorker()
	s.waitFor(job.ID, openapi.JobStatusSucceeded)
	s.mirrors("forge")
}

// changeForge renames two projects, redescribes one, removes the first and adds
// a page of new ones. It returns the ids of before.
func changeForge(t *testing.T, f *forge) []int64 {
	t.Helper()
	ids := f.ids()
	for _, update := range []struct {
		id     int64
		change sampleforge.Change
	}{
		{ids[1], sampleforge.Change{Path: new("moved-away")}},
		{ids[2], sampleforge.Change{Name: new("Nüñ 🚀"), Path: new("renamed")}},
		{ids[50], sampleforge.Change{Description: new("")}},
	} {
		if err := f.Update(update.id, update.change); err != nil {
			t.Fatal(err)
		}
	}
	f.remove(t, ids[0])
	f.Add(20)
	return ids
}

// A worker is paused for longer than its lease, another one takes over, and the
// first one wakes up in the middle of it: it is fenced.
func TestWorkerIsStoppedPastItsLeaseAndWoken(t *testing.T) {
	t.Parallel()
	s := start(t, withProjects(1000), withPageLatency(50*time.Millisecond), withStoppedProcesses())
	asleep := s.workers[0]
	job := s.post()
	s.waitForPages(job.ID, 3)
	asleep.signal(t, syscall.SIGSTOP)
	s.startWorker()
	s.eventually("the partition is taken over", func() bool {
		return ask[int](s, "select sum(takeovers)::int from sync_partitions where job_id = $1", job.ID) > 0
	})
	pages := ask[int64](s, "select page_no from sync_partitions where job_id = $1", job.ID)
	s.waitForPages(job.ID, pages+2)
	asleep.signal(t, syscall.SIGCONT)
	s.waitFor(job.ID, openapi.JobStatusSucceeded)
	s.mirrors("forge")
	if n := ask[int](s, "select count(distinct epoch) from sync_pages"); n != 2 {
		t.Errorf("the ledger has %d epochs, want those of the two workers", n)
	}
	// The one that was woken works on as if nothing had been.
	s.workers[1].kill()
	s.sync()
}

func TestTwoWorkersShareFourPartitions(t *testing.T) {
	t.Parallel()
	s := start(t, withWorkers(2), withProjects(1200), withSource("partitions: 4"), withPageLatency(20*time.Millisecond),
		withWorker("concurrency", "2"))
	job := s.sync()
	s.mirrors("forge")
	if job.Progress.Partitions != 4 || job.Progress.PartitionsDone != 4 {
		t.Errorf("progress %+v, want four partitions done", job.Progress)
	}
	if n := ask[int](s, "select count(distinct attempted_by[1]) from river_job where kind = 'partition'"); n != 2 {
		t.Errorf("%d workers listed partitions, want both", n)
	}
}

// A deploy: the old worker is told to end in mid-sync, and a new one is there.
func TestWorkerDrainsInSecondsAndTheJobGoesOn(t *testing.T) {
	t.Parallel()
	s := start(t, withProjects(1000), withPageLatency(100*time.Millisecond))
	job := s.post()
	s.waitForPages(job.ID, 3)
	s.startWorker()
	s.workers[0].signal(t, syscall.SIGTERM)
	s.workers[0].awaitEnd(t, 5*time.Second)
	if code := s.workers[0].command.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the worker ended with %d:\n%s", code, s.workers[0].log())
	}
	s.waitFor(job.ID, openapi.JobStatusSucceeded)
	s.mirrors("forge")
	if n := ask[int](s, "select sum(takeovers)::int from sync_partitions"); n != 0 {
		t.Errorf("%d takeovers: the worker left its partition behind in place of handing it on", n)
	}
}
