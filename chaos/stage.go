package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/chaos/cluster"
	"holdfast/chaos/fleet"
	"holdfast/chaos/schedule"
	"holdfast/chaos/strike"
	"holdfast/internal/jobs"
	"holdfast/internal/sampleforge"
)

// The size of the stage: small enough for two cores.
const (
	apis    = 2
	workers = 3
)

// stage is everything that runs.
type stage struct {
	options

	load    load
	system  *strike.System
	servers []*http.Server
	// run is the folder of logs and journals.
	run string
}

// diskSize is the size of the cluster's own file system: what half an hour of
// faults writes, with the WAL that [configure] allows, several times over.
const diskSize = "1G"

// clusterOptions are what the faults that are not left out want of the cluster.
func clusterOptions(o options, user int) (cluster.Options, error) {
	want := cluster.Options{Clock: o.wants(schedule.JumpClock)}
	if o.wants(schedule.FillDisk) {
		if user != 0 {
			return want, fmt.Errorf("%s mounts a file system, which only root may: leave it out with -without %s",
				schedule.FillDisk, schedule.FillDisk)
		}
		want.Disk = diskSize
	}
	return want, nil
}

// setUp starts everything and waits until it is up.
func setUp(ctx context.Context, o options) (*stage, error) {
	want, err := clusterOptions(o, os.Getuid())
	if err != nil {
		return nil, err
	}
	s := &stage{options: o, load: o.load(), run: filepath.Join(o.folder, "run")}
	if err := errors.Join(os.RemoveAll(s.run), os.MkdirAll(s.run, 0o755)); err != nil { //nolint:gosec // the server's user passes through
		return nil, err
	}
	home, err := filepath.Abs(filepath.Join(o.folder, "postgres"))
	if err != nil {
		return nil, err
	}
	server, err := cluster.New(ctx, "scripts/postgres.sh", home, want)
	if err != nil {
		return nil, err
	}
	pool, err := openDatabase(ctx, server)
	if err != nil {
		return nil, errors.Join(err, server.Destroy(ctx))
	}
	listed, err := s.serveForges(ctx)
	if err != nil {
		return nil, errors.Join(err, server.Destroy(ctx))
	}
	config := pool.Config().ConnConfig
	running, err := fleet.Start(ctx, fleet.Plan{
		APIs: apis, Workers: workers, Programs: o.programs, Previous: o.previous, Folder: s.run,
		Server: fmt.Sprintf("%s:%d", config.Host, config.Port), Config: s.config,
	})
	if err != nil {
		return nil, errors.Join(err, server.Destroy(ctx))
	}
	s.system, err = strike.NewSystem(running, server, pool, listed)
	if err == nil {
		ready, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		err = running.Ready(ready)
	}
	if err != nil {
		return nil, errors.Join(err, s.tearDown(ctx))
	}
	return s, nil
}

// openDatabase starts the server and brings the schema up to date.
func openDatabase(ctx context.Context, server *cluster.Cluster) (*pgxpool.Pool, error) {
	url, err := server.Start(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w (what a fault needs and this machine refuses can be left out: -without)", err)
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the cluster's URL: %w", err)
	}
	config.MaxConns = 24
	config.ConnConfig.RuntimeParams["application_name"] = "chaos"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("make the connection pool: %w", err)
	}
	if err = errors.Join(configure(ctx, pool), server.Crash(ctx, 0)); err != nil {
		pool.Close()
		return nil, err
	}
	pool.Reset()
	if _, err := jobs.Migrate(ctx, pool, slog.New(slog.DiscardHandler)); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// configure sets what this cluster has of its own; it holds from the next start on.
func configure(ctx context.Context, pool *pgxpool.Pool) error {
	for _, setting := range []string{
		// The order of commits tells whether a page came after its lease was passed on.
		"track_commit_timestamp = on",
		// More than all pools together want, and few enough to be taken in a moment.
		"max_connections = 180",
		// A disk that can be filled has room for little WAL.
		"max_wal_size = '128MB'",
		"min_wal_size = '32MB'",
	} {
		if _, err := pool.Exec(ctx, "alter system set "+setting); err != nil {
			return fmt.Errorf("set %s: %w", setting, err)
		}
	}
	return nil
}

// serveForges serves the forges from this process.
func (s *stage) serveForges(ctx context.Context) ([]*sampleforge.Forge, error) {
	var listed []*sampleforge.Forge
	for i := range s.load.forges {
		forge := sampleforge.New(sampleforge.Options{
			Projects: s.load.projects + i*s.load.more, Seed: s.seed + uint64(i),
			PageLatency: s.load.pageLatencies[i%len(s.load.pageLatencies)],
		})
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("listen for a forge: %w", err)
		}
		server := &http.Server{Addr: listener.Addr().String(), Handler: forge, ReadHeaderTimeout: time.Minute}
		go func() { _ = server.Serve(listener) }()
		listed = append(listed, forge)
		s.servers = append(s.servers, server)
	}
	return listed, nil
}

func sourceName(i int) string { return fmt.Sprintf("forge-%d", i+1) }

// config writes the configuration of a process.
func (s *stage) config(name, address string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "database_url: postgres://holdfast@%s/holdfast?sslmode=disable&application_name=holdfast-%s\n", address, name)
	fmt.Fprintf(&text, "log:\n  format: json\n  level: debug\napi:\n  listen: 127.0.0.1:0\n  rate_limit: 0\n")
	fmt.Fprintf(&text, "worker:\n  admin_listen: 127.0.0.1:0\n  concurrency: 4\n  lease: %s\n  slice: %s\nsources:\n", s.lease, s.slice)
	for i, server := range s.servers {
		fmt.Fprintf(&text, "  - name: %s\n    kind: gitlab\n    url: http://%s\n    per_page: %d\n    partitions: %d\n    timeout: 2s\n",
			sourceName(i), server.Addr, s.load.perPage, s.load.partitions)
	}
	return text.String()
}

// tearDown ends everything. What is on disk stays.
func (s *stage) tearDown(ctx context.Context) error {
	s.system.Fleet.Stop()
	for i, server := range s.servers {
		s.system.Forges[i].ClearFaults()
		_ = server.Close()
	}
	s.system.Pool.Close()
	return s.system.Cluster.Stop(ctx)
}
