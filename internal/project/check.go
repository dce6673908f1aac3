package project

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// maxExternalID bounds an id in bytes, well below what a Postgres index takes.
const maxExternalID = 512

// Errors of a record that cannot be a row.
var (
	ErrNoID  = errors.New("the record has no id")
	ErrBadID = errors.New("the record's id cannot be stored")
	ErrDate  = errors.New("a date of the record is outside the years 1 to 9999")
)

// CheckID returns an error for an id that cannot be a key.
func CheckID(id string) error {
	switch {
	case id == "":
		return ErrNoID
	case len(id) > maxExternalID:
		return fmt.Errorf("%w: it has %d bytes, at most %d can be kept", ErrBadID, len(id), maxExternalID)
	case !utf8.ValidString(id) || strings.ContainsRune(id, 0):
		return fmt.Errorf("%w: it is not text", ErrBadID)
	}
	return nil
}

// Check returns an error for a project that has values no row can hold and
// Postgres would not name.
func (p *Project) Check() error {
	for _, t := range []*time.Time{p.CreatedAt, p.UpdatedAt, p.LastActivityAt} {
		if t != nil && (t.UTC().Year() < 1 || t.UTC().Year() > 9999) {
			return ErrDate
		}
	}
	return nil
}
