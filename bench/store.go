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
	// together is how many small pages a worker commits at once where the service
	// is faster than Postgres.
	together = 3
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
	stored := func(page, together int) side {
		return func(ctx context.Context) (float64, error) { return storedPages(ctx, database, rows, page, together) }
	}
	copies := func(page int) side {
		return func(ctx context.Context) (float64, error) { return copied(ctx, database, rows, page) }
	}
	f, err := b.alternate(ctx, stored(smallPage, 1), stored(smallPage, together), copies(smallPage),
		stored(bigPage, 1), copies(bigPage), copies(len(rows)))
	if err != nil {
		return nil, err
	}
	return []report.Row{
		report.Compare("pages of 100, one at a time", "COPY, pages of 100", "rows/s", f[0], f[2], report.AtLeast(0.85)),
		report.Compare(fmt.Sprintf("pages of 100, %d at a time", together), "COPY, pages of 100", "rows/s", f[1], f[2], report.AtLeast(0.85)),
		report.Compare("pages of 1,000", "COPY, pages of 1,000", "rows/s", f[3], f[4], report.AtLeast(0.85)),
		report.Compare("pages of 1,000", "one single COPY", "rows/s", f[3], f[5], nil),
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

// storedPages loads rows through the store, in pages of which some are committed
// together.
func storedPages(ctx context.Context, database *stage.Database, rows []store.NewRow, page, together int) (float64, error) {
	if err := database.Empty(ctx); err != nil {
		return 0, err
	}
	w, err := newPageWriter(ctx, database)
	if err != nil {
		return 0, err
	}
	return timed(len(rows), func() error {
		for chunk := range slices.Chunk(rows, page*together) {
			if err := w.loadPages(ctx, chunk, page); err != nil {
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
	return w.loadPages(ctx, rows, len(rows))
}

// loadPages commits new rows together, in pages of a size.
func (w *pageWriter) loadPages(ctx context.Context, rows []store.NewRow, page int) error {
	tx, err := w.begin(ctx, rows)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if err := tx.Write(ctx, rows, nil, nil); err != nil {
		return err
	}
	var entries []store.PageEntry
	for chunk := range slices.Chunk(rows, page) {
		ids := make([]int64, len(chunk))
		for i := range chunk {
			ids[i] = chunk[i].ID
		}
		count := int64(len(chunk))
		entries = append(entries, w.entry(ids, store.PageCounts{Seen: count, Created: count}))
	}
	return tx.Commit(ctx, entries...)
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
	return tx.Commit(ctx, w.entry(ids, store.PageCounts{Seen: count, Unchanged: count}))
}

func (w *pageWriter) begin(ctx context.Context, rows []store.NewRow) (*store.PageTx, error) {
	externalIDs := make([]string, len(rows))
	for i := range rows {
		externalIDs[i] = rows[i].Project.ExternalID
	}
	return w.store.BeginPages(ctx, w.lease, w.cursor, externalIDs)
}

// entry is what the ledger gets of the next page.
func (w *pageWriter) entry(ids []int64, counts store.PageCounts) store.PageEntry {
	w.pages++
	w.cursor = strconv.Itoa(w.pages)
	// As long as what a worker packs: a difference for each id.
	slices.Sort(ids)
	var seen []byte
	for i, id := range ids {
		seen = binary.AppendUvarint(seen, uint64(id-ids[max(i-1, 0)])) //nolint:gosec // ascending
	}
	return store.PageEntry{Next: w.cursor, Counts: counts, SeenIDs: seen}
}
