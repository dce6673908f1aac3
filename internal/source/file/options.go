package file

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"holdfast/internal/quantity"
)

// options are the keys of a source of this kind.
type options struct {
	Path        string `yaml:"path"`
	Format      string `yaml:"format"`
	Compression string `yaml:"compression"`
	// Delimiter is a character or one of comma, semicolon, tab, pipe.
	Delimiter string `yaml:"delimiter"`
	// ID is the name of a column or field, or a list of them.
	ID any `yaml:"id"`
	// Fields maps our columns to the file's.
	Fields map[string]string `yaml:"fields"`
	// Items is the path of the list in a JSON object, with dots.
	Items         string        `yaml:"items"`
	PageSize      int           `yaml:"page_size"`
	Partitions    int           `yaml:"partitions"`
	MaxRecordSize quantity.Size `yaml:"max_record_size"`
}

// The formats of a file.
const (
	formatCSV    = "csv"
	formatNDJSON = "ndjson"
	formatJSON   = "json"
)

// The compressions of a file.
const (
	plain   = "none"
	gzipped = "gzip"
)

// The limits of the options.
const (
	defaultPageSize   = 1000
	maxPageSize       = 10_000
	maxPartitions     = 256
	defaultRecordSize = 16 << 20
	minRecordSize     = 1 << 10
	maxRecordSize     = 256 << 20
)

// normalize fills what was left out, and checks what was written.
func (o *options) normalize() error {
	if o.Path == "" {
		return errors.New("path: write the file to list, e.g. exports/projects.csv")
	}
	if err := o.guess(); err != nil {
		return err
	}
	for _, check := range []func() error{o.checkFormat, o.checkFields, o.checkSizes} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// guess reads format and compression from the file's name.
func (o *options) guess() error {
	name, zipped := strings.CutSuffix(strings.ToLower(filepath.Base(o.Path)), ".gz")
	switch {
	case o.Compression == "" && zipped:
		o.Compression = gzipped
	case o.Compression == "":
		o.Compression = plain
	case o.Compression != gzipped && o.Compression != plain:
		return errors.New("compression: write gzip or none")
	}
	if o.Format == "" {
		return o.guessFormat(name)
	}
	return nil
}

func (o *options) guessFormat(name string) error {
	switch filepath.Ext(name) {
	case ".csv":
		o.Format = formatCSV
	case ".tsv", ".tab":
		o.Format = formatCSV
		if o.Delimiter == "" {
			o.Delimiter = "tab"
		}
	case ".ndjson", ".jsonl":
		o.Format = formatNDJSON
	case ".json":
		o.Format = formatJSON
	default:
		return errors.New("format: the file's name does not tell it; write csv, ndjson or json")
	}
	return nil
}

// checkFormat refuses options that the format does not have.
func (o *options) checkFormat() error {
	switch {
	case !slices.Contains([]string{formatCSV, formatNDJSON, formatJSON}, o.Format):
		return errors.New("format: write csv, ndjson or json")
	case o.Delimiter != "" && o.Format != formatCSV:
		return fmt.Errorf("delimiter: a %s file has none; remove it, or write format: csv", o.Format)
	case o.Items != "" && o.Format != formatJSON:
		return fmt.Errorf("items: a %s file is a list already; remove it, or write format: json", o.Format)
	case o.Partitions > 1 && (o.Format != formatNDJSON || o.Compression == gzipped):
		return errors.New("partitions: only a plain ndjson file can be read in parts; remove it")
	}
	return nil
}

func (o *options) checkFields() error {
	known := columnNames()
	for _, name := range slices.Sorted(maps.Keys(o.Fields)) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("fields: there is no column %q; write one of %s", name, strings.Join(known, ", "))
		}
		if o.Fields[name] == "" {
			return fmt.Errorf("fields: %s is empty; write the name of the file's column, or remove it", name)
		}
	}
	return nil
}

func (o *options) checkSizes() error {
	o.PageSize = orDefault(o.PageSize, defaultPageSize)
	o.Partitions = orDefault(o.Partitions, 1)
	o.MaxRecordSize = orDefault(o.MaxRecordSize, defaultRecordSize)
	switch {
	case o.PageSize < 1 || o.PageSize > maxPageSize:
		return fmt.Errorf("page_size: write a number from 1 to %d", maxPageSize)
	case o.Partitions < 1 || o.Partitions > maxPartitions:
		return fmt.Errorf("partitions: write a number from 1 to %d", maxPartitions)
	case o.MaxRecordSize < minRecordSize || o.MaxRecordSize > maxRecordSize:
		return errors.New("max_record_size: write a size from 1KiB to 256MiB")
	}
	return nil
}

func orDefault[T int | quantity.Size](value, standard T) T {
	if value == 0 {
		return standard
	}
	return value
}

// comma returns the delimiter as encoding/csv takes it.
func (o *options) comma() (rune, error) {
	switch o.Delimiter {
	case "", "comma":
		return ',', nil
	case "semicolon":
		return ';', nil
	case "tab", `\t`:
		return '\t', nil
	case "pipe":
		return '|', nil
	}
	r, size := utf8.DecodeRuneInString(o.Delimiter)
	if size != len(o.Delimiter) || r == utf8.RuneError || strings.ContainsRune("\"\r\n\x00", r) {
		return 0, errors.New("delimiter: write one character, or comma, semicolon, tab or pipe")
	}
	return r, nil
}

// ids returns the names of the columns or fields that make up the external id.
func (o *options) ids() ([]string, error) {
	bad := errors.New("id: write the name of a column, or a list of names")
	switch id := o.ID.(type) {
	case nil:
		if o.Format == formatCSV {
			return nil, errors.New("id: write the name of the column that identifies a row for good, or a list of names")
		}
		return []string{"id"}, nil
	case string:
		if id == "" {
			return nil, bad
		}
		return []string{id}, nil
	case []any:
		var names []string
		for _, element := range id {
			name, isText := element.(string)
			if !isText || name == "" || slices.Contains(names, name) {
				return nil, bad
			}
			names = append(names, name)
		}
		if len(names) > 0 {
			return names, nil
		}
	}
	return nil, bad
}
