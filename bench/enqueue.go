package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"holdfast/bench/report"
	"holdfast/bench/stage"
	"holdfast/bench/stats"
)

// enqueueSources is how many sources there are, each of which takes one job in
// a measurement: a second POST would join the first one's.
const enqueueSources = 3000

// insertsLikeOurs is what an accepted POST leaves in the database, as pgbench
// would do it: one job, one task, one commit.
const insertsLikeOurs = `begin;
insert into sync_jobs (id, source, mode, trigger, caller)
values (gen_random_uuid(), 's' || nextval('bench_source'), 'full', 'api', 'anonymous');
insert into river_job (kind, args, queue, max_attempts, priority, state)
values ('plan', '{"job_id": "01980000-0000-7000-8000-000000000000", "epoch": 0}', 'control', 1, 1, 'available');
commit;
`

// enqueuing is what both sides are measured on.
type enqueuing struct {
	b          *bench
	database   *stage.Database
	deployment *stage.Deployment
	requests   []stage.Request
}

// enqueue measures POSTs that each make a job. No worker runs: what becomes of
// the jobs is measured elsewhere.
func (b *bench) enqueue(ctx context.Context) ([]report.Row, error) {
	e := &enqueuing{b: b}
	var err error
	e.database, e.deployment, err = b.deploy(ctx, "enqueue", idleSources(enqueueSources, "http://127.0.0.1:1"), true)
	if err != nil {
		return nil, err
	}
	defer e.database.Close()
	defer e.deployment.Close()
	if err := e.prepare(ctx); err != nil {
		return nil, err
	}
	for i := range enqueueSources {
		e.requests = append(e.requests, stage.NewRequest(http.MethodPost, "/api/v1/sync/projects", fmt.Sprintf(`{"source":"s%d"}`, i+1)))
	}
	var rows []report.Row
	// 32 clients share transactions and commits, which pgbench's cannot.
	for _, level := range []enqueueLevel{
		{1, 600, report.AtLeast(0.45), nil}, {8, 1600, report.AtLeast(0.45), nil}, {32, 2880, report.AtLeast(1.2), report.AtMost(1)},
	} {
		found, err := e.at(ctx, level)
		if err != nil {
			return nil, err
		}
		rows = append(rows, found...)
	}
	return rows, nil
}

// idleSources configures many sources of one answer each, s1, s2 and so on.
func idleSources(count int, address string) string {
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, "  - name: s%d\n    kind: http\n    url: %s\n    path: /s%d\n", i+1, address, i+1)
	}
	return text.String()
}

// enqueueLevel is a number of clients, the requests that they send together, and
// what is wanted of their rate and of their slowest hundredth.
type enqueueLevel struct {
	clients, count int
	rate, p99      *report.Mark
}

// at measures with a number of clients.
func (e *enqueuing) at(ctx context.Context, level enqueueLevel) ([]report.Row, error) {
	var ours, theirs [][]float64
	measured := func(tails *[][]float64, run func() (outcome, error)) (float64, error) {
		if err := e.empty(ctx); err != nil {
			return 0, err
		}
		o, err := run()
		*tails = append(*tails, o.latencies)
		return o.rate, err
	}
	f, err := e.b.alternate(ctx,
		func(ctx context.Context) (float64, error) {
			return measured(&ours, func() (outcome, error) {
				return request(ctx, e.deployment, level.clients, http.StatusAccepted, e.requests[:level.count])
			})
		},
		func(ctx context.Context) (float64, error) {
			return measured(&theirs, func() (outcome, error) {
				return e.b.pgbench(ctx, e.database, insertsLikeOurs, level.clients, level.count)
			})
		})
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%d clients", level.clients)
	if level.clients == 1 {
		name = "1 client"
	}
	return []report.Row{
		report.Compare(name, "pgbench, the same inserts", "requests/s", f[0], f[1], level.rate),
		report.Compare(name+", p99", "pgbench, the same inserts", "ms", worst(ours), worst(theirs), level.p99),
	}, nil
}

// worst takes the p99 of each round but the first, which was to warm up.
func worst(rounds [][]float64) []float64 {
	values := make([]float64, len(rounds)-1)
	for i, latencies := range rounds[1:] {
		values[i] = stats.Quantile(latencies, 0.99)
	}
	return values
}

// history fills the table with jobs that have ended, so that plans are those of
// an installation that has been running for a while.
const history = `insert into sync_jobs (id, source, status, phase, trigger, caller, started_at, finished_at)
select gen_random_uuid(), 's' || n, 'succeeded', 'done', 'api', 'anonymous', now(), now() from generate_series(1, $1::int) n`

// endJobs ends what the last measurement has left. To empty the tables would
// also make every connection forget its plans, which it then makes anew while
// it is measured.
const endJobs = `update sync_jobs set status = 'succeeded', phase = 'done', started_at = now(), finished_at = now()
where finished_at is null`

// prepare makes the sources and a history.
func (e *enqueuing) prepare(ctx context.Context) error {
	for _, statement := range []string{
		"insert into sources (name, kind) select 's' || n, 'http' from generate_series(1, $1::int) n", history,
	} {
		if _, err := e.database.Exec(ctx, statement, enqueueSources); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return e.execute(ctx, "create sequence bench_source", "vacuum analyze sync_jobs, sources")
}

// empty makes room for as many jobs as before.
func (e *enqueuing) empty(ctx context.Context) error {
	if err := e.execute(ctx, endJobs, "delete from river_job", "alter sequence bench_source restart"); err != nil {
		return err
	}
	return e.database.Checkpoint(ctx)
}

func (e *enqueuing) execute(ctx context.Context, statements ...string) error {
	for _, statement := range statements {
		if _, err := e.database.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}
