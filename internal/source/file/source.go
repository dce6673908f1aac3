package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// Driver makes sources of kind "file".
func Driver() source.Driver { return source.Driver{Kind: "file", New: newSource} }

// fileSource is one configured file.
type fileSource struct {
	// label is the path as it was configured, for messages.
	label, path string
	format      string
	zipped      bool
	comma       rune
	// ids are the names of the id's parts, idPaths the same as gjson paths into
	// a record's payload.
	ids, idPaths []string
	items        []string
	// fields maps our columns to the file's names, fieldPaths to gjson paths.
	fields, fieldPaths map[string]string

	columns    []column
	pageSize   int
	partitions int
	maxRecord  int
	version    string
}

func newSource(settings source.Settings) (source.Source, error) {
	var o options
	if err := settings.Decode(&o); err != nil {
		return nil, err
	}
	if err := o.normalize(); err != nil {
		return nil, err
	}
	comma, err := o.comma()
	if err != nil {
		return nil, err
	}
	ids, err := o.ids()
	if err != nil {
		return nil, err
	}
	s := &fileSource{
		label: o.Path, path: o.Path, format: o.Format, zipped: o.Compression == gzipped, comma: comma, ids: ids,
		fields: o.Fields, fieldPaths: map[string]string{}, columns: columns(),
		pageSize: o.PageSize, partitions: o.Partitions, maxRecord: int(o.MaxRecordSize),
	}
	if !filepath.IsAbs(s.path) {
		s.path = filepath.Join(settings.Dir, s.path)
	}
	if o.Items != "" {
		s.items = strings.Split(o.Items, ".")
	}
	for _, id := range ids {
		s.idPaths = append(s.idPaths, s.memberPath(id))
	}
	for column, name := range o.Fields {
		s.fieldPaths[column] = s.memberPath(name)
	}
	s.version, err = s.readingRule()
	return s, err
}

// memberPath returns the gjson path of a name. In JSON a dot steps into an
// object; a CSV header may hold dots that mean nothing.
func (s *fileSource) memberPath(name string) string {
	if s.format == formatCSV {
		return gjson.Escape(name)
	}
	steps := strings.Split(name, ".")
	for i, step := range steps {
		steps[i] = gjson.Escape(step)
	}
	return strings.Join(steps, ".")
}

// readingRule names how a record is read: a change of the mapping, of the id or
// of the automatic names must rewrite every row.
func (s *fileSource) readingRule() (string, error) {
	rule, err := json.Marshal([]any{s.format, s.ids, s.fields})
	if err != nil {
		return "", fmt.Errorf("name the reading rule: %w", err)
	}
	sum := sha256.Sum256(rule)
	return "file/1 " + hex.EncodeToString(sum[:8]), nil
}

// Version names the reading rule.
func (s *fileSource) Version() string { return s.version }

// Plan opens the file, so that a wrong path or header shows at once, and cuts
// it into partitions where that was asked for. A file states no total.
func (s *fileSource) Plan(ctx context.Context) (source.Plan, error) {
	whole := source.Partition{Name: "the whole file", Spec: []byte("{}")}
	first, err := s.begin(ctx, whole, "")
	if err != nil {
		return source.Plan{}, s.failure(err)
	}
	defer first.in.Close()
	if s.partitions == 1 {
		return source.Plan{Partitions: []source.Partition{whole}}, nil
	}
	ranges, err := first.in.split(s.partitions)
	if err != nil {
		return source.Plan{}, s.failure(err)
	}
	return source.Plan{Partitions: ranges}, nil
}

// List yields the pages after a cursor from one reader that stays open.
func (s *fileSource) List(ctx context.Context, partition source.Partition, from source.Cursor) iter.Seq2[source.Page, error] {
	return func(yield func(source.Page, error) bool) {
		l, err := s.begin(ctx, partition, from)
		if err != nil {
			yield(source.Page{}, s.failure(err))
			return
		}
		defer l.in.Close()
		for {
			page, err := l.page(s.pageSize)
			if err != nil {
				yield(source.Page{}, s.failure(err))
				return
			}
			if !yield(page, nil) || page.Last {
				return
			}
		}
	}
}

// begin opens the file at a cursor.
func (s *fileSource) begin(ctx context.Context, partition source.Partition, from source.Cursor) (*listing, error) {
	in, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	part, at, err := in.locate(partition, from)
	if err != nil {
		_ = in.Close() // the first error tells more
		return nil, err
	}
	records, err := s.records(in, at, part)
	if err != nil {
		_ = in.Close() // the first error tells more
		return nil, err
	}
	return &listing{in: in, records: records, at: at}, nil
}

// records returns the reader of the records after a position.
func (s *fileSource) records(in *input, at position, part span) (records, error) {
	switch s.format {
	case formatCSV:
		return s.csvRecords(in, at)
	case formatNDJSON:
		return s.ndjsonRecords(in, at, part)
	default:
		return s.jsonRecords(in, at)
	}
}

// records reads one record after another.
type records interface {
	// next returns the next record, whose bytes are the caller's to keep, or
	// [io.EOF] after the last.
	next() (source.Record, error)
	// position is where the next record begins.
	position() position
}

// listing is an iteration over a partition.
type listing struct {
	in      *input
	records records
	// at is the place after the last record that was taken.
	at position
	// ahead is the record that was read to see whether there is one, err what
	// was found in its place.
	ahead   source.Record
	err     error
	started bool
}

// page reads the next page. Errors found by reading ahead wait for their turn:
// the page before them is whole.
func (l *listing) page(size int) (source.Page, error) {
	if !l.started {
		l.started = true
		l.ahead, l.err = l.records.next()
	}
	var page source.Page
	for len(page.Records) < size && l.err == nil {
		page.Records = append(page.Records, l.ahead)
		l.at = l.records.position()
		l.ahead, l.err = l.records.next()
	}
	page.Last = l.err == io.EOF //nolint:errorlint // readers return it bare, and a wrapped one is a cut file
	if l.err != nil && !page.Last && len(page.Records) < size {
		return source.Page{}, l.err
	}
	if err := l.in.ctx.Err(); err != nil {
		return source.Page{}, err
	}
	// What was read while someone wrote is of no use.
	if err := l.in.unchanged(); err != nil {
		return source.Page{}, err
	}
	page.Next = l.in.cursor(l.at)
	return page, nil
}
