package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"holdfast/bench/report"
	"holdfast/bench/stage"
	"holdfast/internal/store"
)

// The sizes of a page: what services answer, and what files are read in.
const (
	smallPage = 100
	bigPage   = 1000
)

// storeAlone loads rows that are ready through the store's page transactions,
// with nothing around them: no source, no worker.
func (b *bench) storeAlone(ctx context.Context) ([]report.Row, error) {
	database, err := b.server.NewDatabase(ctx, "store")
	if err != nil {
		return nil, err
	}
	defer database.Close()
	rows, err := b.forgeRows(ctx)
	if err != nil {
		return nil, err
	}
	stored := func(page int) side {
		return func(ctx context.Context) (float64, error) { return storedPages(ctx, database, rows, page) }
	}
	copies := func(page int) side {
		return func(ctx context.Context) (float64, error) { return copied(ctx, database, rows, page) }
	}
	f, err := b.alternate(ctx, stored(smallPage), copies(smallPage), stored(bigPage), copies(bigPage), copies(len(rows)))
	if err != nil {
		return nil, err
	}
	return []report.Row{
		report.Compare("pages of 100", "COPY, pages of 100", "rows/s", f[0], f[1], report.AtLeast(0.85)),
		report.Compare("pages of 1,000", "COPY, pages of 1,000", "rows/s", f[2], f[3], report.AtLeast(0.85)),
		report.Compare("pages of 1,000", "one single COPY", "rows/s", f[2], f[4], nil),
	}, nil
}

// forgeRows are the rows of a forge, read over HTTP by the real source.
func (b *bench) forgeRows(ctx context.Context) ([]store.NewRow, error) {
	address, err := stage.Serve(ctx, newForge(b.rows))
	if err != nil {
		return nil, err
	}
	src, err := stage.BuildSource(b.folder, forgeSource("forge", address, 1), "forge")
	if err != nil {
		return nil, err
	}
	return readRows(ctx, src)
}

// storedPages loads rows through the store.
func storedPages(ctx context.Context, database *stage.Database, rows []store.NewRow, page int) (float64, error) {
	if err := database.Empty(ctx); err != nil {
		return 0, err
	}
	w, err := newPageWriter(ctx, database)
	if err != nil {
		return 0, err
	}
	return timed(len(rows), func() error {
		for chunk := range slices.Chunk(rows, page) {
			if err := w.load(ctx, chunk); err != nil {
				return err
			}
		}
		return nil
	})
}

// pageWriter commits pages under a lease that nobody contends for.
type pageWriter struct {
	store  *store.Store
	lease  store.Lease
	cursor string
	pages  int
}

// pageSource is the source whose pages it commits.
const pageSource = "store"

// newPageWriter takes the source's running slot, with one partition.
func newPageWriter(ctx context.Context, database *stage.Database) (*pageWriter, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make job id: %w", err)
	}
	for _, statement := range []string{
		"truncate sync_jobs cascade",
		"insert into sources (name, kind) values ('" + pageSource + "', 'file') on conflict do nothing",
	} {
		if _, err := database.Exec(ctx, statement); err != nil {
			return nil, fmt.Errorf("%s: %w", statement, err)
		}
	}
	w := &pageWriter{store: store.New(database.Pool), lease: store.Lease{JobID: id.String(), Source: pageSource, Epoch: 1}}
	_, err = database.Exec(ctx, `insert into sync_jobs (id, source, status, phase, trigger, caller, started_at)
		values ($1, $2, 'running', 'list', 'api', 'bench', now())`, w.lease.JobID, w.lease.Source)
	if err != nil {
		return nil, fmt.Errorf("insert job: %w", err)
	}
	err = database.QueryRow(ctx, `insert into sync_partitions (job_id, ordinal, name, spec, state, epoch)
		values ($1, 1, 'all', '{}', 'running', 1) returning id`, w.lease.JobID).Scan(&w.lease.PartitionID)
	if err != nil {
		return nil, fmt.Errorf("insert partition: %w", err)
	}
	return w, nil
}

// load commits a page of new rows.
func (w *pageWriter) load(ctx context.Context, rows []store.NewRow) error {
	tx, err := w.begin(ctx, rows)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if err := tx.Write(ctx, rows, nil, nil); err != nil {
		return err
	}
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	count := int64(len(rows))
	return w.commit(ctx, tx, ids, store.PageCounts{Seen: count, Created: count})
}

// look commits a page of rows that are there already.
func (w *pageWriter) look(ctx context.Context, rows []store.NewRow) error {
	tx, err := w.begin(ctx, rows)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	ids := make([]int64, 0, len(rows))
	for _, row := range tx.Existing {
		ids = append(ids, row.ID)
	}
	if len(ids) != len(rows) {
		return fmt.Errorf("only %d of %d rows are there", len(ids), len(rows))
	}
	count := int64(len(rows))
	return w.commit(ctx, tx, ids, store.PageCounts{Seen: count, Unchanged: count})
}

func (w *pageWriter) begin(ctx context.Context, rows []store.NewRow) (*store.PageTx, error) {
	externalIDs := make([]string, len(rows))
	for i := range rows {
		externalIDs[i] = rows[i].Project.ExternalID
	}
	return w.store.BeginPage(ctx, w.lease, w.cursor, externalIDs)
}

func (w *pageWriter) commit(ctx context.Context, tx *store.PageTx, ids []int64, counts store.PageCounts) error {
	w.pages++
	next := strconv.Itoa(w.pages)
	// As long as what a worker packs: a difference for each id.
	slices.Sort(ids)
	var seen []byte
	for i, id := range ids {
		seen = binary.AppendUvarint(seen, uint64(id-ids[max(i-1, 0)])) //nolint:gosec // ascending
	}
	err := tx.Commit(ctx, store.PageEntry{Next: next, Counts: counts, SeenIDs: seen})
	w.cursor = next
	return err
}
