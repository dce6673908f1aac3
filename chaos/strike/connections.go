package strike

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// exhaustConnections takes every session that the server has left, and those
// that become free while the fault lasts. It counts the sessions that the
// server refused.
func (s *strike) exhaustConnections(ctx context.Context) (int, error) {
	config := s.Pool.Config().ConnConfig
	config.RuntimeParams["application_name"] = "chaos-crowd"
	var taken []*pgx.Conn
	defer func() {
		for _, conn := range taken {
			_ = conn.Close(context.WithoutCancel(ctx))
		}
	}()
	refused := 0
	for over := time.Now().Add(s.Lasts); ; {
		conn, err := pgx.ConnectConfig(ctx, config)
		switch {
		case err == nil:
			taken = append(taken, conn)
			continue
		case ctx.Err() != nil:
			return refused, ctx.Err()
		case code(err) == tooManyConnections:
			refused++
		}
		if left := time.Until(over); left <= -patience || left <= 0 && refused > 0 {
			return refused, nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// tooManyConnections is the SQLSTATE of a server that has no session left.
const tooManyConnections = "53300"

// code is the SQLSTATE of what the server said, or empty.
func code(err error) string {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pgErr.Code
	}
	return ""
}

// exhaustPool has so many requests arrive at one API, while the table that they
// read is locked, that its pool runs dry, and counts those that had to wait for
// a connection.
func (s *strike) exhaustPool(ctx context.Context) (int, error) {
	hits := 0
	err := eventually(ctx, func(ctx context.Context) error {
		address := s.choose(s.Fleet.APIs).Address()
		before, err := readPool(ctx, address)
		if err != nil {
			return err
		}
		dry := false
		answered := make(chan struct{})
		err = s.whileLocked(ctx, func(ctx context.Context) {
			over := time.Now().Add(s.Lasts)
			go func() {
				defer close(answered)
				s.Crowd.ask(context.WithoutCancel(ctx), address)
			}()
			dry = runsDry(ctx, address, over)
		})
		if err != nil {
			return err
		}
		<-answered
		// A process that was replaced meanwhile has counted less.
		after, err := readPool(ctx, address)
		if hits = after.waits - before.waits; err == nil && (!dry || hits <= 0) {
			hits, err = 0, errNothingToHit
		}
		return err
	})
	return hits, err
}

// runsDry looks at the pool of an API until a moment, and tells whether every
// connection was in use at one of these looks.
func runsDry(ctx context.Context, address string, until time.Time) bool {
	dry := false
	for time.Now().Before(until) && ctx.Err() == nil {
		if now, err := readPool(ctx, address); err == nil && now.acquired == now.limit {
			dry = true
		}
		<-time.After(50 * time.Millisecond)
	}
	return dry
}

// poolFigures are what a process tells of its connection pool.
type poolFigures struct {
	acquired, limit int
	// waits are those that were waited for, whether they came or were given up.
	waits int
}

// readPool asks the process at an address for its metrics.
func readPool(ctx context.Context, address string) (poolFigures, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", http.NoBody)
	if err != nil {
		return poolFigures{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return poolFigures{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return poolFigures{}, err
	}
	return parsePool(string(text))
}

// parsePool reads the pool's part of the metrics in their text form.
func parsePool(text string) (poolFigures, error) {
	var p poolFigures
	var waited, canceled int
	wanted := map[string]*int{
		`holdfast_pool_connections{state="acquired"}`: &p.acquired, "holdfast_pool_connections_limit": &p.limit,
		"holdfast_pool_acquire_waits_total": &waited, "holdfast_pool_acquire_cancels_total": &canceled,
	}
	found := 0
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		into, ok := wanted[name]
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return p, fmt.Errorf("read the metric %s: %w", name, err)
		}
		*into = int(n)
		found++
	}
	if found < len(wanted) {
		return p, fmt.Errorf("found %d of the %d metrics of a pool", found, len(wanted))
	}
	p.waits = waited + canceled
	return p, nil
}
