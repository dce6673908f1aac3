package jobs_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"holdfast/internal/jobs"
	"holdfast/internal/source"
)

// limitedService has listings of a thousand pages at /0 to /3. Once both workers
// list, and all four partitions are listed, it tells one worker of its limit, once,
// and counts who asks all the same: the other one is answered, so that it learns
// of the limit from the first or not at all.
type limitedService struct {
	mu sync.Mutex
	// after is how many requests are answered between.
	after int
	// honest says that an answer announces the limit, in place of a refusal.
	honest bool
	// told is the worker that was.
	told string
	// asked are the workers and partitions that were seen, late the requests that
	// each worker sent afterwards.
	asked map[string]bool
	late  map[string]int
}

func (s *limitedService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	worker := r.Header.Get("User-Agent")
	s.asked[worker], s.asked[r.URL.Path] = true, true
	if s.told != "" {
		s.late[worker]++
	}
	w.Header().Set("Content-Type", "application/json")
	if len(s.asked) == 6 {
		s.after--
	}
	if s.after == 0 {
		s.told = worker
		if !s.honest {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.Header().Set("X-Ratelimit-Remaining", "0")
		w.Header().Set("X-Ratelimit-Reset", "60")
	}
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	_, _ = fmt.Fprintf(w, "[%s]", record(1000*(int(r.URL.Path[1]-'0')+1)+page, "p"))
}

// remote is a source over HTTP with four partitions.
type remote struct {
	fake

	client *source.Client
}

func (r *remote) List(ctx context.Context, p source.Partition, from source.Cursor) iter.Seq2[source.Page, error] {
	page, _ := strconv.Atoi(string(from))
	return source.Pages(ctx, func() (source.Next, error) {
		return func(ctx context.Context) (source.Page, error) {
			res, err := r.client.Get(ctx, fmt.Sprintf("/%s?page=%d", p.Spec, page), nil)
			if err != nil {
				return source.Page{}, err
			}
			page++
			next := source.Page{Next: source.Cursor(strconv.Itoa(page)), Last: page == 1000}
			elements, err := res.Elements("")
			for _, raw := range elements {
				next.Records = append(next.Records, source.NewRecord(raw, "id"))
			}
			return next, err
		}, nil
	})
}

// startWorkers starts two workers with a client each, which between them list
// four partitions at the same time and whose hearts beat too seldom to matter.
func startWorkers(t *testing.T, b *bundle, url string) {
	t.Helper()
	for worker := range 2 {
		client, err := source.NewClient(source.ClientConfig{
			HTTPOptions: source.HTTPOptions{URL: url, RequestsPerSecond: 100},
			Header:      http.Header{"User-Agent": {fmt.Sprint("worker ", worker)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		src := &remote{client: client, fake: fake{rows: make([][]string, 4)}}
		other := &bundle{pool: b.pool, log: b.log}
		other.startSource(t, jobs.Source{Source: src, Name: "src", AbsentRuns: 2, MaxDeleteShare: 0.1},
			func(c *jobs.Config) { c.Concurrency, c.Lease = 2, time.Hour })
	}
}

// TestARateLimitStopsEveryPartitionOfEveryWorker at once: those of the worker
// that was told send what they have under way and no more, those of the other
// one see it with the page that they write.
func TestARateLimitStopsEveryPartitionOfEveryWorker(t *testing.T) {
	t.Parallel()
	for name, honest := range map[string]bool{"refused": false, "announced": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 0)
			service := &limitedService{after: 20, honest: honest, asked: map[string]bool{}, late: map[string]int{}}
			server := httptest.NewServer(service)
			t.Cleanup(server.Close)
			startWorkers(t, b, server.URL)
			job := b.post(t)
			until(t, b, "waiting/rate_limited", "select status || '/' || waiting_reason from sync_jobs where id = $1", job)
			expect(t, b, true, "select retry_at > now() + interval '20 seconds' from sources")
			expect(t, b, 4, "select count(*) from sync_partitions where state = 'waiting' and failures = 0")
			service.mu.Lock()
			defer service.mu.Unlock()
			for worker, late := range service.late {
				// Its other partitions, three at most, have one under way each; another
				// may leave before the answer that tells is read.
				if worker == service.told && late > 6 {
					t.Errorf("the worker that was told asked %d times more", late)
				}
				// The other has thousands left to ask, and three seconds' worth of them
				// for the first to close the source in Postgres.
				if worker != service.told && late > 300 {
					t.Errorf("the other worker asked %d times more", late)
				}
			}
			t.Logf("requests after %s was told: %v", service.told, service.late)
		})
	}
}
