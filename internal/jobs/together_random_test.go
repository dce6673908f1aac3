package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"holdfast/internal/jobs"
	"holdfast/internal/project"
)

// life is a worker in short: it begins and ends jobs at random, in the order
// that its transactions take them.
func (b *bundle) life(ctx context.Context, t *testing.T, random *rand.Rand) {
	t.Helper()
	for ctx.Err() == nil {
		statement := "update sync_jobs set started_at = now(), status = 'running' where id = (select id from sync_jobs j " +
			"where started_at is null and not exists (select from sync_jobs r where r.source = j.source and " +
			"r.started_at is not null and r.finished_at is null) limit 1)"
		if random.IntN(2) == 0 {
			statement = "update sync_jobs set finished_at = now(), status = 'succeeded' where started_at is not null and finished_at is null"
		}
		if _, err := b.pool.Exec(context.WithoutCancel(ctx), statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

// Whatever meets: each request gets a job for each of its sources, each job is
// new to one request, and has one task; a key leads to one answer.
func TestAnythingTogether(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	// A second process enqueues too.
	second, err := jobs.NewClient(b.pool, b.log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var workers, clients sync.WaitGroup
	workers.Go(func() { b.life(ctx, t, rand.New(rand.NewPCG(0, 0))) })
	answers := make([][]answered, 12)
	for n := range answers {
		clients.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(n)))
			for range 15 {
				answers[n] = append(answers[n], anything(t, []*jobs.Client{b.client, second}[n%2], random))
			}
		})
	}
	clients.Wait()
	stop()
	workers.Wait()
	b.checkAnswers(t, slices.Concat(answers...))
}

// answered is a request that was answered with jobs.
type answered struct {
	request project.EnqueueRequest
	result  project.EnqueueResult
}

// anything enqueues some sources, with a key or without.
func anything(t *testing.T, client *jobs.Client, random *rand.Rand) answered {
	t.Helper()
	var sources []string
	for _, i := range random.Perm(5)[:1+random.IntN(3)] {
		sources = append(sources, fmt.Sprint("s", i))
	}
	request := ask(sources...)
	if random.IntN(2) == 0 {
		request = keyed(fmt.Sprint("k", random.IntN(40)), ask(sources[0]))
	}
	result, err := client.Enqueue(t.Context(), request)
	// A key of another request, or one that is being bound, is refused.
	if err != nil && (request.IdempotencyKey == "" || !errors.Is(err, project.ErrKeyReused) && !errors.Is(err, project.ErrKeyInFlight)) {
		t.Errorf("enqueue %v: %v", request.Sources, err)
	}
	return answered{request, result}
}

func (b *bundle) checkAnswers(t *testing.T, all []answered) {
	t.Helper()
	isNew, ofKey := map[string]int{}, map[string]string{}
	for _, a := range all {
		for i, job := range a.result.Jobs {
			if want := a.request.Sources[i].Name; job.Job.Source != want {
				t.Errorf("a request for %s got a job of %s", want, job.Job.Source)
			}
			if !job.Coalesced && !a.result.Replayed {
				isNew[job.Job.ID]++
			}
			if key := a.request.IdempotencyKey; key != "" {
				if id, ok := ofKey[key]; ok && id != job.Job.ID {
					t.Errorf("the key %s led to the jobs %s and %s", key, id, job.Job.ID)
				}
				ofKey[key] = job.Job.ID
			}
		}
	}
	for id, times := range isNew {
		if times != 1 {
			t.Errorf("job %s was new to %d requests", id, times)
		}
	}
	expect(t, b, len(isNew), written)
	expect(t, b, len(isNew), "select count(*) from river_job r join sync_jobs j on j.task_id = r.id and r.args->>'job_id' = j.id::text")
	expect(t, b, len(isNew), "select count(*) from river_job")
	expect(t, b, len(ofKey), "select count(*) from idempotency_keys")
}
