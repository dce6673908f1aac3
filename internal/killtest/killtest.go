package killtest

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/dbtest"
	"holdfast/internal/jobs"
	"holdfast/internal/project"
)

const (
	// projects is how many a service has at least.
	projects = 10_000
	// sourceName is what the configuration calls the source.
	sourceName = "killed"
	// patience bounds every wait. It is long because many tests share a
	// machine; nothing is waited for in vain.
	patience = 2 * time.Minute
	// look is how often the database is asked how far a listing is.
	look = 5 * time.Millisecond
)

const (
	// kills is how often the worker is killed, each time after so many pages more.
	kills = 3
	pages = 15
	// together is how many pages may share a transaction. A listing has a hundred
	// pages at least, of at most 100 records each, so that the last kill comes
	// before its end even if each of four partitions is in a transaction when the
	// gate closes.
	together = 3
)

// Case is a kind of source and a service for it to list.
type Case struct {
	// Name tells the cases of one kind apart.
	Name string
	// Kind is the word that names the kind in the configuration.
	Kind string
	// Options are the source's own, as lines of YAML. Pages must have at most
	// 100 records.
	Options string
	// Truth is what the service holds, and goes on to hold: the exact bytes of
	// each record by external id.
	Truth map[string][]byte
}

// IDs are numbers for a service's projects, in the order of numbers. They leave
// room in between, and need more than 31 bits at the end.
func IDs() []string {
	ids := make([]string, projects)
	for i := range ids {
		ids[i] = strconv.Itoa(1000 + 10*i)
		if i >= projects/2 {
			ids[i] = strconv.Itoa(5_000_000_000 + 10*i)
		}
	}
	return ids
}

// Run lists each case through a worker of its own that is killed three times.
func Run(t *testing.T, cases ...Case) {
	t.Helper()
	program := build(t)
	for _, c := range cases {
		t.Run(strings.TrimSpace(c.Kind+" "+c.Name), func(t *testing.T) {
			t.Parallel()
			if len(c.Truth) < projects {
				t.Fatalf("the service has %d projects, want at least %d", len(c.Truth), projects)
			}
			list(t, program, c)
		})
	}
}

// list is the whole story of one case.
func list(t *testing.T, program string, c Case) {
	t.Helper()
	url := dbtest.URL(t)
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	l := &listing{t: t, pool: pool}
	l.installGate()
	l.job = enqueue(t, pool, c.Kind)
	config := writeConfig(t, url, c)
	for range kills {
		ledger := l.letThrough(pages)
		worker := start(t, program, config)
		l.awaitMiddle(worker, ledger)
		worker.kill()
		l.mustBeUnfinished(ledger)
	}
	l.letThrough(everything)
	l.awaitSuccess(start(t, program, config))
	l.verify(c.Truth)
}

// enqueue asks for a sync as the API does.
func enqueue(t *testing.T, pool *pgxpool.Pool, kind string) string {
	t.Helper()
	client, err := jobs.NewClient(pool, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	result, err := client.Enqueue(context.WithoutCancel(t.Context()), project.EnqueueRequest{
		Sources: []project.SourceRef{{Name: sourceName, Kind: kind}}, Trigger: project.TriggerAPI, Caller: "killtest",
	})
	if err != nil {
		t.Fatal(err)
	}
	return result.Jobs[0].Job.ID
}
