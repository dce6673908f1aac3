package strike

import (
	"context"
	"time"
)

// longestFull is how much longer than planned the disk stays full: a server that
// is forced to write notices within moments, one that is down does not.
const longestFull = 20 * time.Second

// fillDisk leaves the server no room while the fault lasts, and longer if
// nothing has needed any by then. Half of these faults also have the server
// begin new files of WAL: without room for one it panics, while most of what
// needs room only fails.
func (s *strike) fillDisk(ctx context.Context) (int, error) {
	forced := s.dice.IntN(2) == 0
	return s.Cluster.FillDisk(ctx, func(full func() bool) {
		over := time.Now().Add(s.Lasts)
		for ctx.Err() == nil {
			late := time.Since(over)
			if late > longestFull || late > 0 && full() {
				return
			}
			if forced || late > 0 {
				s.beginFileOfWAL(ctx)
			}
			<-time.After(100 * time.Millisecond)
		}
	})
}

// beginFileOfWAL has the server begin a file of WAL. Whether it can is no
// matter: what it says of it stands in its log.
func (s *strike) beginFileOfWAL(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, _ = s.Pool.Exec(ctx, "select pg_switch_wal() from pg_logical_emit_message(true, 'chaos', 'a file of its own')")
}
