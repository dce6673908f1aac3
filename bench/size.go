package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"time"

	"holdfast/bench/report"
	"holdfast/bench/stage"
	"holdfast/bench/stats"
	"holdfast/internal/sampleforge"
	"holdfast/internal/source"
	"holdfast/internal/store"
)

const (
	// sizePages is how many pages one measurement has.
	sizePages = 60
	// mostSlower is how much longer a page may take in the larger table.
	mostSlower = 1.3
)

// size measures what a page costs in a table that has many rows already, of
// the same source: one of rows that are there, and one of new rows.
func (b *bench) size(ctx context.Context) ([]report.Row, error) {
	small, large := b.rows*5, b.rows*50
	if b.large {
		large = b.rows * 500
	}
	tables := make([]*table, 2)
	for i, rows := range []int{small, large} {
		var err error
		if tables[i], err = b.newTable(ctx, rows); err != nil {
			return nil, err
		}
		defer tables[i].database.Close()
	}
	f, err := b.alternate(ctx, tables[1].looks, tables[0].looks, tables[1].loads, tables[0].loads)
	if err != nil {
		return nil, err
	}
	name, against := thousandsOf(large)+" rows", thousandsOf(small)+" rows"
	note := "LARGE=1 takes a table ten times as large"
	if b.large {
		note = ""
	}
	unchanged := report.Compare("100 unchanged rows, in "+name, "in "+against, "ms/page", f[0], f[1], report.AtMost(mostSlower))
	unchanged.Note = note
	return []report.Row{
		unchanged,
		report.Compare("100 new rows, in "+name, "in "+against, "ms/page", f[2], f[3], report.AtMost(mostSlower)),
	}, nil
}

// table is a table with rows, and pages to write into it.
type table struct {
	database *stage.Database
	writer   *pageWriter
	forge    *sampleforge.Forge
	source   source.Source
	// ids are those of the rows in it, fresh those of records that are not.
	ids   []int64
	fresh []int64
	dice  *rand.Rand
}

// newTable fills a table by COPY.
func (b *bench) newTable(ctx context.Context, rows int) (*table, error) {
	database, err := b.server.NewDatabase(ctx, fmt.Sprintf("size_%d", rows))
	if err != nil {
		return nil, err
	}
	freshRows := (b.pairs + 1) * sizePages * smallPage
	t := &table{database: database, forge: newForge(rows + freshRows)}
	t.dice = rand.New(rand.NewPCG(seed, uint64(rows))) //nolint:gosec // any places will do
	// It is asked to read records, not to list them.
	t.source, err = stage.BuildSource(b.folder, forgeSource("forge", "http://127.0.0.1:1", 1), "forge")
	if err != nil {
		return nil, err
	}
	for p := range t.forge.Projects() {
		if len(t.ids) < rows {
			t.ids = append(t.ids, p.ID)
		} else {
			t.fresh = append(t.fresh, p.ID)
		}
	}
	if err := t.fill(ctx); err != nil {
		return nil, err
	}
	t.writer, err = newPageWriter(ctx, database)
	return t, err
}

// fill copies the rows, which take the name of the page writer's source.
func (t *table) fill(ctx context.Context) error {
	conn, err := t.database.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("acquire connection: %w", err)
	}
	defer conn.Release()
	var failed error
	if err := copyPage(ctx, conn.Conn(), pageSource, t.rows(t.ids, &failed)); err != nil || failed != nil {
		return fmt.Errorf("fill the table: %w", errors.Join(failed, err))
	}
	if _, err := t.database.Exec(ctx, "vacuum analyze projects"); err != nil {
		return fmt.Errorf("vacuum the table: %w", err)
	}
	return nil
}

// rows reads records of the forge.
func (t *table) rows(ids []int64, failed *error) iter.Seq[store.NewRow] {
	return func(yield func(store.NewRow) bool) {
		for _, id := range ids {
			raw, err := t.forge.Raw(id)
			row := store.NewRow{}
			if err == nil {
				row, err = readRow(t.source, source.Record{ID: strconv.FormatInt(id, 10), Raw: raw})
			}
			if err != nil {
				*failed = err
				return
			}
			if !yield(row) {
				return
			}
		}
	}
}

// looks measures pages of rows that are there, at places drawn by lot, and
// returns the median in milliseconds.
func (t *table) looks(ctx context.Context) (float64, error) {
	return t.pages(ctx, t.writer.look, func() []int64 {
		from := t.dice.IntN(len(t.ids) - smallPage)
		return t.ids[from : from+smallPage]
	})
}

// loads measures pages of new rows.
func (t *table) loads(ctx context.Context) (float64, error) {
	return t.pages(ctx, t.writer.load, func() []int64 {
		page := t.fresh[:smallPage]
		t.fresh = t.fresh[smallPage:]
		return page
	})
}

func (t *table) pages(
	ctx context.Context, commit func(context.Context, []store.NewRow) error, next func() []int64,
) (float64, error) {
	if err := t.database.Checkpoint(ctx); err != nil {
		return 0, err
	}
	var took []float64
	for range sizePages {
		var failed error
		rows := make([]store.NewRow, 0, smallPage)
		for row := range t.rows(next(), &failed) {
			rows = append(rows, row)
		}
		if failed != nil {
			return 0, failed
		}
		begun := time.Now()
		if err := commit(ctx, rows); err != nil {
			return 0, err
		}
		took = append(took, milliseconds(time.Since(begun)))
	}
	return stats.Median(took), nil
}
