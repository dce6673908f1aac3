package main

import (
	"context"
	"crypto/sha256"
	"fmt"

	"holdfast/bench/stage"
	"holdfast/internal/sampleforge"
	"holdfast/internal/source"
	"holdfast/internal/store"
)

// seed chooses the contents of every record that is measured with.
const seed = 4

func newForge(projects int) *sampleforge.Forge {
	return sampleforge.New(sampleforge.Options{Projects: projects, Seed: seed})
}

// forgeSource configures a source that lists a forge.
func forgeSource(name, address string, partitions int) string {
	return fmt.Sprintf("  - name: %s\n    kind: gitlab\n    url: %s\n    partitions: %d\n", name, address, partitions)
}

// deploy starts the programs on a new database.
func (b *bench) deploy(ctx context.Context, purpose, sources string, withoutWorker bool) (*stage.Database, *stage.Deployment, error) {
	database, err := b.server.NewDatabase(ctx, purpose)
	if err != nil {
		return nil, nil, err
	}
	deployment, err := stage.Deploy(ctx, stage.Plan{
		Programs: b.programs, Folder: b.folder + "/" + purpose, Database: database, Sources: sources, WithoutWorker: withoutWorker,
	})
	if err != nil {
		database.Close()
		return nil, nil, err
	}
	return database, deployment, nil
}

// readRows lists a source in this process and reads its records as a worker
// does, for those who get the rows ready-made.
func readRows(ctx context.Context, src source.Source) ([]store.NewRow, error) {
	plan, err := src.Plan(ctx)
	if err != nil {
		return nil, err
	}
	var rows []store.NewRow
	for _, partition := range plan.Partitions {
		for page, err := range src.List(ctx, partition, "") {
			if err != nil {
				return nil, err
			}
			for _, record := range page.Records {
				row, err := readRow(src, record)
				if err != nil {
					return nil, err
				}
				rows = append(rows, row)
			}
		}
	}
	return rows, nil
}

func readRow(src source.Source, record source.Record) (store.NewRow, error) {
	p, err := src.Normalize(record.Raw)
	if err != nil {
		return store.NewRow{}, fmt.Errorf("read record %s: %w", record.ID, err)
	}
	p.ExternalID = record.ID
	hash := sha256.Sum256(record.Raw)
	return store.NewRow{Project: p, Payload: record.Raw, Hash: hash[:16]}, nil
}
