package bitbucketdc

import (
	"errors"
	"strconv"

	"holdfast/internal/source"
)

// newRecord reads an element's id, which is a positive whole number.
func newRecord(raw []byte) source.Record {
	r := source.NewRecord(raw, "id")
	if r.Err != nil {
		return r
	}
	if !isID(r.ID) {
		r.ID, r.Err = "", errors.New("the record's id is not a positive whole number")
	}
	return r
}

// isID accepts a whole number that is written in its only canonical way.
func isID(text string) bool {
	id, err := strconv.ParseInt(text, 10, 64)
	return err == nil && id > 0 && strconv.FormatInt(id, 10) == text
}

// withID counts the records up to and with the last one that has an id. What
// follows it cannot be found again: it is left to the next page.
func withID(records []source.Record) int {
	for i := len(records); i > 0; i-- {
		if records[i-1].Err == nil {
			return i
		}
	}
	return 0
}
