package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Clock knows how far the server's clock has been from that of this process,
// and since when. It is safe for concurrent use.
type Clock struct {
	mu sync.Mutex
	// shifts are in the order of time; the first one stands for no shift.
	shifts []shift
}

// shift is a distance of the server's clock that holds from some moment of an
// interval on: a file has been replaced in its course.
type shift struct {
	from, until time.Time
	ahead       time.Duration
}

// shifted notes a shift.
func (c *Clock) shifted(s shift) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shifts = append(c.shifts, s)
}

// Ahead is how far the server's clock is ahead now; less than 0 if it is behind.
func (c *Clock) Ahead() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.shifts) == 0 {
		return 0
	}
	return c.shifts[len(c.shifts)-1].ahead
}

// String lists the jumps for a person, each with its moment by this process's clock.
func (c *Clock) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	jumps := make([]string, 0, len(c.shifts))
	var ahead time.Duration
	for _, s := range c.shifts {
		jumps = append(jumps, fmt.Sprintf("%+.1f s at %s", (s.ahead-ahead).Seconds(), s.from.UTC().Format("15:04:05.000")))
		ahead = s.ahead
	}
	return strings.Join(jumps, ", ")
}

// Moments returns when, by this process's clock, the server can have read a
// time from its own. There are several such moments where that went back over
// the time, and none where it leapt over it.
func (c *Clock) Moments(stamp time.Time) []time.Time {
	// What the conversion of a fraction of a second may lose.
	const inexact = time.Millisecond
	c.mu.Lock()
	defer c.mu.Unlock()
	var moments []time.Time
	for i, s := range slices.Concat([]shift{{}}, c.shifts) {
		at := stamp.Add(-s.ahead)
		if at.Before(s.from.Add(-inexact)) || i < len(c.shifts) && at.After(c.shifts[i].until.Add(inexact)) {
			continue
		}
		moments = append(moments, at)
	}
	return moments
}

// ShiftClock has the server's clock jump by a distance, at once for all of its
// processes, and keep it.
func (c *Cluster) ShiftClock(ctx context.Context, by time.Duration) error {
	if !c.shiftable {
		return errors.New("the cluster's clock cannot be shifted")
	}
	// While the server starts, pg_ctl compares its own time with the server's.
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	s := shift{from: time.Now(), ahead: c.Clock.Ahead() + by}
	if err := c.writeClock(s.ahead); err != nil {
		return err
	}
	s.until = time.Now()
	c.Clock.shifted(s)
	return nil
}

// clockFile is where every process of the server reads, whenever it looks at
// its clock, how far that is ahead.
func (c *Cluster) clockFile() string { return filepath.Join(c.home, "clock") }

// writeClock replaces the file, so that nobody ever reads half of it.
func (c *Cluster) writeClock(ahead time.Duration) error {
	text := strconv.FormatFloat(ahead.Seconds(), 'f', 3, 64) + "\n"
	if ahead >= 0 {
		text = "+" + text
	}
	next := c.clockFile() + ".next"
	if err := os.WriteFile(next, []byte(text), 0o644); err != nil { //nolint:gosec // the server's user reads it
		return fmt.Errorf("set the server's clock: %w", err)
	}
	if err := os.Rename(next, c.clockFile()); err != nil {
		return fmt.Errorf("set the server's clock: %w", err)
	}
	return nil
}
