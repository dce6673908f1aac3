package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast/internal/store/db"
)

// Since returns the moment from which an incremental listing of a source has
// to ask for changes, or nil when a full listing is due: there was none yet,
// or the last complete one is older than fullEvery.
func (s *Store) Since(ctx context.Context, source string, overlap, fullEvery time.Duration) (*time.Time, error) {
	since, err := s.q.Watermark(ctx, db.WatermarkParams{Name: source, Overlap: overlap, FullEvery: fullEvery})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // a full listing is due: there is no such moment, and that is no error
	}
	if err != nil {
		return nil, fmt.Errorf("read the watermark of source %q: %w", source, err)
	}
	return &since, nil
}
