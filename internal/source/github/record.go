package github

import (
	"errors"
	"slices"

	"holdfast/internal/source"
)

// newRecord reads an element's id, which is a positive whole number.
func newRecord(raw []byte) source.Record {
	r := source.NewRecord(raw, "id")
	if r.Err != nil {
		return r
	}
	if _, ok := parseID(r.ID); !ok {
		r.ID, r.Err = "", errors.New("the record's id is not a positive whole number")
	}
	return r
}

// readRecords reads the elements of an answer.
func readRecords(res *source.Response, items string) ([]source.Record, error) {
	elements, err := res.Elements(items)
	if err != nil {
		return nil, err
	}
	records := make([]source.Record, len(elements))
	for i, element := range elements {
		records[i] = newRecord(element)
	}
	return records, nil
}

// lastNumbered is the index of the last record that has an id, or -1. What
// follows it has no position of its own: the next page shows it again, so it
// is left to that.
func lastNumbered(records []source.Record) int {
	for i, r := range slices.Backward(records) {
		if r.Err == nil {
			return i
		}
	}
	return -1
}
