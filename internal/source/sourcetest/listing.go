package sourcetest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
)

// maxPages ends a listing that never does.
const maxPages = 20 * records

// errPages is such a listing's error.
var errPages = errors.New("the listing has far more pages than records")

// position is how far a listing has come: what a job keeps in the database.
type position struct {
	partition int
	cursor    source.Cursor
}

// listing is what has been read of a source so far.
type listing struct {
	partitions []source.Partition
	total      *int64
	at         position
	pages      int
	// raw holds every version read of each record.
	raw map[string][]string
	odd []source.Record
}

// plan asks a source for its partitions, and keeps them as a job would: as
// JSON in the database.
func plan(ctx context.Context, src source.Source) (*listing, error) {
	answer, err := src.Plan(ctx)
	if err != nil {
		return nil, err
	}
	if len(answer.Partitions) == 0 {
		return nil, errors.New("the plan has no partitions")
	}
	stored, err := json.Marshal(answer.Partitions)
	if err != nil {
		return nil, err
	}
	l := &listing{total: answer.Total, raw: map[string][]string{}}
	return l, json.Unmarshal(stored, &l.partitions)
}

func mustPlan(t *testing.T, src source.Source) *listing {
	t.Helper()
	l, err := plan(t.Context(), src)
	if err != nil {
		t.Fatalf("plan: %v", err)
	}
	return l
}

// done reports whether every partition has been listed to its end.
func (l *listing) done() bool { return l.at.partition == len(l.partitions) }

// read lists on from where the listing stands, until its end, an error, or
// until after says stop. after may be nil.
func (l *listing) read(ctx context.Context, src source.Source, after func() (goOn bool)) error {
	for !l.done() {
		here := l.at.partition
		for page, err := range src.List(ctx, l.partitions[here], l.at.cursor) {
			if err != nil {
				return err
			}
			if l.at.partition != here {
				return errors.New("a page came after the last one")
			}
			if err := l.take(page); err != nil {
				return err
			}
			if after != nil && !after() {
				return nil
			}
		}
		if l.at.partition == here {
			return errors.New("the sequence ended without a last page and without an error")
		}
	}
	return nil
}

// take records one page and moves on.
func (l *listing) take(page source.Page) error {
	if l.pages++; l.pages > maxPages {
		return errPages
	}
	for _, record := range page.Records {
		if record.Err != nil {
			l.odd = append(l.odd, record)
			continue
		}
		l.raw[record.ID] = append(l.raw[record.ID], string(record.Raw))
	}
	if page.Last {
		l.at = position{partition: l.at.partition + 1}
		return nil
	}
	switch {
	case page.Next == "" || page.Next == l.at.cursor:
		return errors.New("a page that is not the last has a cursor that leads nowhere")
	case !utf8.ValidString(string(page.Next)):
		return errors.New("a cursor is no text that a database could keep")
	}
	l.at.cursor = page.Next
	return nil
}

// same compares what was read with the truth, byte for byte, each record once.
func (l *listing) same(t *testing.T, truth map[string][]byte) {
	t.Helper()
	want := map[string][]string{}
	for id, raw := range truth {
		want[id] = []string{string(raw)}
	}
	if diff := cmp.Diff(want, l.raw); diff != "" {
		t.Errorf("the listing is not what the service holds (-service +listing):\n%s", diff)
	}
	if len(l.odd) > 0 {
		t.Errorf("%d records have errors, the first: %v", len(l.odd), l.odd[0].Err)
	}
}

// start starts a service with some records.
func start(t *testing.T, c Case) *Service {
	t.Helper()
	service := c.Start(t, someIDs())
	if len(service.Truth()) < records-1 {
		t.Fatalf("the service holds %d records, want about %d", len(service.Truth()), records)
	}
	return service
}

// ids returns the ids of a service in one order.
func ids(service *Service) []string { return slices.Sorted(maps.Keys(service.Truth())) }
