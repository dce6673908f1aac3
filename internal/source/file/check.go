package file

import (
	"context"
	"fmt"
	"time"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// Check opens the file and reads its first page: what the file is, which
// columns it has, and what the configuration makes of its records. The error is
// that of a listing. A file has no total unless the first page is all of it.
func (s *fileSource) Check(ctx context.Context) (source.Report, error) {
	listing, err := s.begin(ctx, source.Partition{Spec: []byte("{}")}, "")
	if err != nil {
		return source.Report{}, s.failure(err)
	}
	defer listing.in.Close()
	page, err := listing.page(s.pageSize)
	if err != nil {
		return source.Report{}, s.failure(err)
	}
	report := source.Report{Service: s.path, Notes: []string{s.describe(listing.in)}}
	if names := listing.columns(page.Records); len(names) > 0 {
		report.Notes = append(report.Notes, "columns in the file: "+nameList(names))
	}
	projects, notes, err := source.Inspect(ctx, s, page.Records)
	if err != nil {
		return source.Report{}, err
	}
	if page.Last {
		report.Projects = &projects
	} else {
		notes = append(notes, fmt.Sprintf("only the first %d records were read; a file does not say how many it has", len(page.Records)))
	}
	if len(page.Records) == 0 {
		notes = append(notes, "the file is an empty listing")
	}
	report.Notes = append(report.Notes, notes...)
	return report, nil
}

// describe names format, compression, size and age.
func (s *fileSource) describe(in *input) string {
	format := s.format
	if s.format == formatCSV {
		format += fmt.Sprintf(" (delimiter %q)", s.comma)
	}
	if s.zipped {
		format += ", gzip"
	}
	return fmt.Sprintf("%s, %s, last changed %s", format, size(in.info.Size()), in.info.ModTime().UTC().Format(time.RFC3339))
}

// size rounds a number of bytes for a person.
func size(bytes int64) string {
	for _, unit := range []struct {
		name  string
		bytes int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if bytes >= unit.bytes {
			return fmt.Sprintf("%.1f %s", float64(bytes)/float64(unit.bytes), unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// columns names the columns of a header or, where there is none, the members of
// the first record that can be read.
func (l *listing) columns(records []source.Record) []string {
	if table, ok := l.records.(*csvRecords); ok {
		return table.header
	}
	for _, record := range records {
		if record.Err != nil {
			continue
		}
		var names []string
		gjson.ParseBytes(record.Raw).ForEach(func(key, _ gjson.Result) bool {
			names = append(names, key.Str)
			return true
		})
		return names
	}
	return nil
}

// An interface that only a type assertion would otherwise hold.
var _ source.Checker = (*fileSource)(nil)
