package strike

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"holdfast/chaos/fleet"
	"holdfast/chaos/schedule"
)

func (s *strike) onProcesses() map[schedule.Kind]func(context.Context) (int, error) {
	return map[schedule.Kind]func(context.Context) (int, error){
		schedule.KillAPI:      func(ctx context.Context) (int, error) { return s.signal(ctx, s.Fleet.APIs, syscall.SIGKILL) },
		schedule.KillWorker:   func(ctx context.Context) (int, error) { return s.signal(ctx, s.Fleet.Workers, syscall.SIGKILL) },
		schedule.DrainWorker:  func(ctx context.Context) (int, error) { return s.signal(ctx, s.Fleet.Workers, syscall.SIGTERM) },
		schedule.StopAPI:      func(ctx context.Context) (int, error) { return s.stop(ctx, s.Fleet.APIs) },
		schedule.StopWorker:   func(ctx context.Context) (int, error) { return s.stop(ctx, s.Fleet.Workers) },
		schedule.KillLeader:   s.killLeader,
		schedule.KillAtCommit: s.killAtCommit,
	}
}

// choose draws a process.
func (s *strike) choose(among []*fleet.Slot) *fleet.Slot { return among[s.dice.IntN(len(among))] }

// signal sends a signal to one of the processes.
func (s *strike) signal(ctx context.Context, among []*fleet.Slot, signal syscall.Signal) (int, error) {
	return once(eventually(ctx, func(context.Context) error { return s.choose(among).Signal(signal) }))
}

// stop stops one of the processes for a while.
func (s *strike) stop(ctx context.Context, among []*fleet.Slot) (int, error) {
	early := s.dice.IntN(2) == 0
	before, err := s.takeovers(ctx)
	if err != nil {
		early = false
	}
	var stopped *fleet.Slot
	err = eventually(ctx, func(context.Context) error {
		stopped = s.choose(among)
		return stopped.Signal(syscall.SIGSTOP)
	})
	if err != nil {
		return 0, err
	}
	if early {
		s.holdUntilTakeover(ctx, before)
	} else {
		s.hold(ctx)
	}
	stopped.Wake()
	return 1, nil
}

// takeovers is how many leases have been passed on so far.
func (s *strike) takeovers(ctx context.Context) (int64, error) {
	var n int64
	err := s.Pool.QueryRow(ctx, "select coalesce(sum(takeovers), 0)::bigint from sync_partitions").Scan(&n)
	return n, err
}

// holdUntilTakeover lets a stop last until a lease is passed on. Then is the
// worst moment to wake: the process has a page in its hands, and the worker
// that follows it has none yet, so that nothing but the epoch tells them apart.
func (s *strike) holdUntilTakeover(ctx context.Context, before int64) {
	over := time.NewTimer(s.Lasts)
	defer over.Stop()
	for {
		if now, err := s.takeovers(ctx); err == nil && now > before {
			return
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-over.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// killLeader kills the worker that River elected to schedule tasks. After the
// death of one there is no other until its term is over, by a clock that may
// have been set back.
func (s *strike) killLeader(ctx context.Context) (int, error) {
	return once(within(ctx, patience+longestJump, func(ctx context.Context) error {
		var leader string
		err := s.Pool.QueryRow(ctx, "select leader_id from river_leader where expires_at > now()").Scan(&leader)
		if err != nil {
			return err
		}
		slot := s.Fleet.Leader(leader)
		if slot == nil {
			return fmt.Errorf("the leader %s has ended: %w", leader, errNothingToHit)
		}
		return slot.Signal(syscall.SIGKILL)
	}))
}

// failpoints lie beside commits, and are passed by every worker that works.
func failpoints() []string {
	return []string{"page.begun", "page.commit_sent", "page.committed", "tx.written", "tx.committed"}
}

// killAtCommit has a worker kill itself at a failpoint, when it passes it for
// the first time or a later one.
func (s *strike) killAtCommit(ctx context.Context) (int, error) {
	points := failpoints()
	point := fmt.Sprintf("%s:%d", points[s.dice.IntN(len(points))], 1+s.dice.IntN(4))
	slot := s.choose(s.Fleet.Workers)
	died := slot.Died()
	err := eventually(ctx, func(context.Context) error { return slot.Doom(point) })
	if err != nil {
		return 0, err
	}
	err = eventually(ctx, func(context.Context) error {
		if slot.Died() == died {
			return fmt.Errorf("%s has not come to %s: %w", slot.Name, point, errNothingToHit)
		}
		return nil
	})
	slot.Spare()
	return once(err)
}
