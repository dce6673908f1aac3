package e2e_test

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/internal/openapi"
)

// residentLimit is what a worker may ever hold in memory.
const residentLimit = 100 << 20

// A sync of a million records stays flat: the worker's memory is measured by
// the kernel, as the highest that it ever was.
func TestMillionRecordsStaySmallInMemory(t *testing.T) {
	t.Parallel()
	records := 1_000_000
	if text := os.Getenv("HOLDFAST_E2E_RECORDS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("HOLDFAST_E2E_RECORDS: %v", err)
		}
		records = n
	}
	s := start(t, withProjects(records), withSource("per_page: 100", "partitions: 4"), unwatched(), withWorker("lease", "5s"))
	begun := time.Now()
	job := s.post()
	for deadline := begun.Add(20 * time.Minute); s.job(job.ID).Status == openapi.JobStatusRunning || s.job(job.ID).Status == openapi.JobStatusQueued; {
		if time.Now().After(deadline) {
			t.Fatal("the sync takes too long")
		}
		<-time.After(time.Second)
	}
	done := s.waitFor(job.ID, openapi.JobStatusSucceeded)
	first := time.Since(begun)
	peak := s.workers[0].peak(t)
	t.Logf("%d records in %s, %.0f a second; the worker's peak is %d MB", records, first.Round(time.Second),
		float64(records)/first.Seconds(), peak>>20)
	if done.Counts.Created != int64(records) {
		t.Errorf("%d created, want %d", done.Counts.Created, records)
	}
	if peak > residentLimit {
		t.Errorf("the worker held %d MB, the limit is %d MB", peak>>20, residentLimit>>20)
	}
}

// peak is the most memory that the process ever had, as the kernel says.
func (p *process) peak(t *testing.T) int64 {
	t.Helper()
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if text, found := strings.CutPrefix(lines.Text(), "VmHWM:"); found {
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(text), " kB"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kilobytes << 10
		}
	}
	t.Fatal("the kernel does not tell a peak")
	return 0
}
