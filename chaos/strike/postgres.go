package strike

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast/chaos/schedule"
)

func (s *strike) onPostgres() map[schedule.Kind]func(context.Context) (int, error) {
	return map[schedule.Kind]func(context.Context) (int, error){
		schedule.CrashPostgres: func(ctx context.Context) (int, error) { return once(s.Cluster.Crash(ctx, s.Lasts)) },
		schedule.KillBackend: func(ctx context.Context) (int, error) {
			return once(eventually(ctx, func(ctx context.Context) error {
				pid, err := s.session(ctx)
				if err != nil {
					return err
				}
				return syscall.Kill(pid, syscall.SIGKILL)
			}))
		},
		schedule.TerminateBackends:  s.terminate,
		schedule.LockProjects:       s.lockProjects,
		schedule.LockProjectsLong:   s.lockProjects,
		schedule.PinXmin:            s.pinXmin,
		schedule.ExhaustConnections: s.exhaustConnections,
		schedule.ExhaustPool:        s.exhaustPool,
		schedule.FillDisk:           s.fillDisk,
		schedule.JumpClock:          s.jumpClock,
	}
}

// session draws a session of an API or a worker and returns its process.
func (s *strike) session(ctx context.Context) (int, error) {
	rows, err := s.Pool.Query(ctx, `
		select pid from pg_stat_activity
		where datname = current_database() and application_name like 'holdfast%' and pid <> pg_backend_pid()
		order by pid`)
	if err != nil {
		return 0, err
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return 0, err
	}
	if len(pids) == 0 {
		return 0, fmt.Errorf("no session: %w", errNothingToHit)
	}
	return pids[s.dice.IntN(len(pids))], nil
}

// terminate ends sessions, two a second, while the fault lasts.
func (s *strike) terminate(ctx context.Context) (int, error) {
	const every = 500 * time.Millisecond
	hits := 0
	for over := time.Now().Add(s.Lasts); hits == 0 || time.Now().Before(over); {
		err := eventually(ctx, func(ctx context.Context) error {
			pid, err := s.session(ctx)
			if err != nil {
				return err
			}
			var gone bool
			if err := s.Pool.QueryRow(ctx, "select pg_terminate_backend($1)", pid).Scan(&gone); err != nil {
				return err
			}
			if !gone {
				return errNothingToHit
			}
			return nil
		})
		if err != nil {
			return hits, err
		}
		hits++
		<-time.After(every)
	}
	return hits, nil
}

// inTransaction begins a transaction in a session of its own and keeps it open
// during something else.
func (s *strike) inTransaction(ctx context.Context, during func(context.Context), statements ...string) error {
	var conn *pgx.Conn
	err := eventually(ctx, func(ctx context.Context) error {
		var err error
		if conn, err = pgx.ConnectConfig(ctx, s.Pool.Config().ConnConfig); err != nil {
			return err
		}
		for _, statement := range statements {
			if _, err = conn.Exec(ctx, statement); err != nil {
				_ = conn.Close(ctx)
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	during(ctx)
	// The server rolls back.
	_ = conn.Close(context.WithoutCancel(ctx))
	return nil
}

// whileLocked locks the table projects, against readers too.
func (s *strike) whileLocked(ctx context.Context, during func(context.Context)) error {
	return s.inTransaction(ctx, during, "begin", "set local lock_timeout = '20s'", "lock table projects in access exclusive mode")
}

func (s *strike) lockProjects(ctx context.Context) (int, error) {
	return once(s.whileLocked(ctx, s.hold))
}

func (s *strike) pinXmin(ctx context.Context) (int, error) {
	return once(s.inTransaction(ctx, s.hold, "begin isolation level repeatable read", "select count(*) from projects"))
}
