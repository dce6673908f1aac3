package strike

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"holdfast/chaos/pgproxy"
	"holdfast/chaos/schedule"
)

func (s *strike) onNetwork() map[schedule.Kind]func(context.Context) (int, error) {
	return map[schedule.Kind]func(context.Context) (int, error){
		schedule.ResetBeforeCommit: func(ctx context.Context) (int, error) { return s.trap(ctx, pgproxy.BeforeCommit) },
		schedule.LoseCommitReply:   func(ctx context.Context) (int, error) { return s.trap(ctx, pgproxy.AfterCommit) },
		schedule.LoseNotify:        func(ctx context.Context) (int, error) { return s.trap(ctx, pgproxy.Notification) },
		schedule.ResetConnections: func(ctx context.Context) (int, error) {
			hits := 0
			err := eventually(ctx, func(context.Context) error {
				if hits = s.choose(s.Fleet.Slots()).Proxy.Reset(); hits == 0 {
					return errNothingToHit
				}
				return nil
			})
			return hits, err
		},
		schedule.CutNetwork: func(ctx context.Context) (int, error) {
			return s.throttle(ctx, (*pgproxy.Proxy).Cut)
		},
		schedule.SlowNetwork: func(ctx context.Context) (int, error) {
			delay := time.Duration(2+s.dice.IntN(10)) * time.Millisecond
			return s.throttle(ctx, func(p *pgproxy.Proxy) { p.Slow(delay) })
		},
		schedule.DeliverTwice: s.deliverTwice,
	}
}

// trap sets a trap for one to four messages of any process.
func (s *strike) trap(ctx context.Context, fault pgproxy.Fault) (int, error) {
	times := 1 + s.dice.IntN(4)
	among := s.Fleet.Workers
	if fault != pgproxy.Notification && s.dice.IntN(3) == 0 {
		among = s.Fleet.APIs
	}
	trap := s.choose(among).Proxy.Set(fault, times)
	err := eventually(ctx, func(context.Context) error {
		if trap.Sprung() < times {
			return errNothingToHit
		}
		return nil
	})
	trap.Disarm()
	hits := trap.Sprung()
	if hits > 0 {
		err = nil
	}
	return hits, err
}

// throttle cuts or slows the way of one process for a while, until a message
// was kept back at least: a process that another fault has stopped sends none.
func (s *strike) throttle(ctx context.Context, how func(*pgproxy.Proxy)) (int, error) {
	proxy := s.choose(s.Fleet.Slots()).Proxy
	before := proxy.Held()
	how(proxy)
	s.hold(ctx)
	err := eventually(ctx, func(context.Context) error {
		if proxy.Held() == before {
			return errNothingToHit
		}
		return nil
	})
	proxy.Heal()
	return proxy.Held() - before, err
}

// again is a task that another one is a copy of.
type again struct {
	kind string
	args json.RawMessage
}

// Kind names the task in River's tables.
func (a again) Kind() string { return a.kind }

// MarshalJSON returns the arguments as they stood.
func (a again) MarshalJSON() ([]byte, error) { return a.args, nil }

// deliverTwice inserts a task that is there already, preferably one that is
// being worked: River promises to deliver at least once, and a fault in it, or
// an operator who restores a backup, does just this.
func (s *strike) deliverTwice(ctx context.Context) (int, error) {
	return once(eventually(ctx, func(ctx context.Context) error {
		rows, err := s.Pool.Query(ctx, `
			select kind, args, queue from river_job
			where kind in ('plan', 'partition', 'finalize')
			order by state = 'running' desc, id desc
			limit 10`)
		if err != nil {
			return err
		}
		type task struct {
			Kind  string
			Args  []byte
			Queue string
		}
		tasks, err := pgx.CollectRows(rows, pgx.RowToStructByPos[task])
		if err != nil {
			return err
		}
		if len(tasks) == 0 {
			return errNothingToHit
		}
		chosen := tasks[s.dice.IntN(len(tasks))]
		_, err = s.tasks.Insert(ctx, again{kind: chosen.Kind, args: chosen.Args}, &river.InsertOpts{Queue: chosen.Queue, MaxAttempts: 1})
		if err != nil {
			return fmt.Errorf("insert a task again: %w", err)
		}
		return nil
	}))
}
