package main

import (
	"context"
	"fmt"
	"net/http"

	"holdfast/bench/report"
	"holdfast/bench/stage"
)

const (
	// statusJobs is how many jobs are asked for, in turn.
	statusJobs = 1000
	// statusRequests is how many requests one measurement has, statusClients
	// from how many clients.
	statusRequests = 6000
	statusClients  = 8
)

// oneByKey names the other side.
const oneByKey = "pgbench, one row by key"

// selectOne is what pgbench does meanwhile: one row by its key.
const selectOne = `\set n random(1, 1000)
select id, source, status, created_at, started_at, finished_at from sync_jobs
where id = ('01980000-0000-7000-8000-' || lpad((:n)::text, 12, '0'))::uuid;
`

const insertJobs = `insert into sync_jobs (id, source, status, trigger, caller, started_at, finished_at)
select ('01980000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 's1', 'succeeded', 'api', 'anonymous', now(), now()
from generate_series(1, $1::int) n`

// status measures what clients that poll cost.
func (b *bench) status(ctx context.Context) ([]report.Row, error) {
	database, deployment, err := b.deploy(ctx, "status", idleSources(1, "http://127.0.0.1:1"), true)
	if err != nil {
		return nil, err
	}
	defer database.Close()
	defer deployment.Close()
	if _, err := database.Exec(ctx, "insert into sources (name, kind) values ('s1', 'http')"); err != nil {
		return nil, fmt.Errorf("insert source: %w", err)
	}
	if _, err := database.Exec(ctx, insertJobs, statusJobs); err != nil {
		return nil, fmt.Errorf("insert jobs: %w", err)
	}
	full, conditional, err := statusPolls(ctx, deployment)
	if err != nil {
		return nil, err
	}
	constant, err := b.startConstant(ctx)
	if err != nil {
		return nil, err
	}
	defer constant.Close()
	polls := func(server dialer, status int, requests []stage.Request) side {
		return func(ctx context.Context) (float64, error) {
			o, err := request(ctx, server, statusClients, status, requests)
			return o.rate, err
		}
	}
	f, err := b.alternate(ctx, polls(deployment, http.StatusOK, full),
		polls(deployment, http.StatusNotModified, conditional), polls(constant, http.StatusOK, full),
		func(ctx context.Context) (float64, error) {
			o, err := b.pgbench(ctx, database, selectOne, statusClients, statusRequests)
			return o.rate, err
		})
	if err != nil {
		return nil, err
	}
	return []report.Row{
		report.Compare("200 with the job", oneByKey, "requests/s", f[0], f[3], report.AtLeast(0.5)),
		report.Compare("304 by ETag", oneByKey, "requests/s", f[1], f[3], report.AtLeast(0.5)),
		report.Compare("A constant over HTTP, without a database", oneByKey, "requests/s", f[2], f[3], nil).
			Noted("the same client against Go's net/http and nothing else: what bounds the two rows above it"),
		report.Compare("200 with the job", "a constant over HTTP", "requests/s", f[0], f[2], nil),
	}, nil
}

// statusPolls makes the requests: plain ones, and such that know the answer.
func statusPolls(ctx context.Context, deployment *stage.Deployment) (full, conditional []stage.Request, err error) {
	client, err := deployment.Dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer client.Close()
	full, conditional = make([]stage.Request, statusRequests), make([]stage.Request, statusRequests)
	for i := range statusRequests {
		if i >= statusJobs {
			full[i], conditional[i] = full[i-statusJobs], conditional[i-statusJobs]
			continue
		}
		address := fmt.Sprintf("/api/v1/sync/jobs/01980000-0000-7000-8000-%012d", i+1)
		full[i] = stage.NewRequest(http.MethodGet, address, "")
		status, header, body, err := client.DoHeader(full[i])
		if err != nil {
			return nil, nil, err
		}
		if status != http.StatusOK || header.Get("ETag") == "" {
			return nil, nil, fmt.Errorf("GET %s: %d %s", address, status, body)
		}
		conditional[i] = stage.NewRequest(http.MethodGet, address, "", "If-None-Match: "+header.Get("ETag"))
	}
	return full, conditional, nil
}
