package strike

import (
	"context"
	"fmt"
	"time"
)

const (
	// shortestJump and longestJump bound how far the server's clock jumps.
	shortestJump = 2 * time.Second
	longestJump  = time.Minute
	// farthest is how far it may get from the true time: further than the
	// overlap of incremental syncs nothing is promised about those.
	farthest = 4 * time.Minute
)

// jumpClock sets the server's clock forward or back. It has hit when the server
// tells the time that it should.
func (s *strike) jumpClock(ctx context.Context) (int, error) {
	by := shortestJump + time.Duration(s.dice.Int64N(int64(longestJump-shortestJump))).Round(time.Millisecond)
	ahead := s.Cluster.Clock.Ahead()
	if back := s.dice.IntN(2) == 0; ahead > farthest || back && ahead > -farthest {
		by = -by
	}
	if err := s.Cluster.ShiftClock(ctx, by); err != nil {
		return 0, err
	}
	return once(eventually(ctx, func(ctx context.Context) error {
		var now time.Time
		asked := time.Now()
		if err := s.Pool.QueryRow(ctx, "select clock_timestamp()").Scan(&now); err != nil {
			return err
		}
		for _, moment := range s.Cluster.Clock.Moments(now) {
			if !moment.Before(asked.Add(-time.Millisecond)) && !moment.After(time.Now().Add(time.Millisecond)) {
				return nil
			}
		}
		return fmt.Errorf("the server says that it is %s: %w", now, errNothingToHit)
	}))
}
