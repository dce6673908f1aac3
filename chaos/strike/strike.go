// Package strike injects the faults that package schedule draws, and proves
// that each of them hit: a process that died, a connection that was reset in
// the place of a commit, a request that was refused. A fault that finds nothing
// to hit waits for it for a while, and says in the end how often it did.
package strike

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"holdfast/chaos/cluster"
	"holdfast/chaos/fleet"
	"holdfast/chaos/schedule"
	"holdfast/internal/sampleforge"
)

// patience is how long a fault waits for something that it can hit: a leader
// that was killed is replaced after some fifteen seconds, and the next job of a
// source begins when the one before it is through all the faults that it meets.
const patience = time.Minute

// System is what is struck.
type System struct {
	Fleet   *fleet.Fleet
	Cluster *cluster.Cluster
	// Pool reaches Postgres past all proxies.
	Pool   *pgxpool.Pool
	Forges []*sampleforge.Forge
	// Crowd is what those were told who asked in the course of a fault.
	Crowd Crowd

	tasks *river.Client[pgx.Tx]
}

// NewSystem puts together what is struck.
func NewSystem(f *fleet.Fleet, c *cluster.Cluster, pool *pgxpool.Pool, forges []*sampleforge.Forge) (*System, error) {
	tasks, err := river.NewClient(riverpgxv5.New(pool), &river.Config{})
	if err != nil {
		return nil, fmt.Errorf("make River client: %w", err)
	}
	return &System{Fleet: f, Cluster: c, Pool: pool, Forges: forges, tasks: tasks}, nil
}

// strike is one fault that is being injected.
type strike struct {
	*System
	schedule.Strike

	dice *rand.Rand
}

// Strike injects a fault, waits until it is over, and returns how often it hit.
func (s *System) Strike(ctx context.Context, planned schedule.Strike) (int, error) {
	one := &strike{System: s, Strike: planned, dice: rand.New(rand.NewPCG(planned.Dice, 0))} //nolint:gosec // to be repeated
	inject := one.injection()
	if inject == nil {
		return 0, fmt.Errorf("nobody knows how to inject %q", planned.Kind)
	}
	hits, err := inject(ctx)
	if err != nil {
		err = fmt.Errorf("%s: %w", planned.Kind, err)
	}
	return hits, err
}

// injection finds what injects the fault.
func (s *strike) injection() func(context.Context) (int, error) {
	for _, known := range []map[schedule.Kind]func(context.Context) (int, error){
		s.onProcesses(), s.onPostgres(), s.onNetwork(), s.onSources(),
	} {
		if inject := known[s.Kind]; inject != nil {
			return inject
		}
	}
	return nil
}

// errNothingToHit makes a fault wait for its chance.
var errNothingToHit = errors.New("there is nothing to hit")

// eventually tries until it works, or until the patience is over.
func eventually(ctx context.Context, try func(context.Context) error) error {
	return within(ctx, patience, try)
}

// within tries until it works, or until a time is over.
func within(ctx context.Context, limit time.Duration, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

// hold lets a fault last.
func (s *strike) hold(ctx context.Context) {
	select {
	case <-time.After(s.Lasts):
	case <-ctx.Done():
	}
}

// once is the result of a fault that hits one time, if at all.
func once(err error) (int, error) {
	if err != nil {
		return 0, err
	}
	return 1, nil
}
