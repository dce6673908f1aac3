package gitlab

import (
	"errors"
	"fmt"
	"slices"

	"holdfast/internal/source"
)

// record is an element of a page; number is its id, or 0 if Err is set.
type record struct {
	source.Record

	number int64
}

func newRecord(raw []byte) record {
	r := record{Record: source.NewRecord(raw, "id")}
	if r.Err != nil {
		return r
	}
	number, ok := parseID(r.ID)
	if !ok {
		r.ID, r.Err = "", errors.New("the record's id is not a positive whole number")
		return r
	}
	r.number = number
	return r
}

// readPage reads the elements of an answer, whose ids must ascend: the whole
// listing rests on that order.
func readPage(res *source.Response) ([]record, error) {
	elements, err := res.Elements("")
	if err != nil {
		return nil, err
	}
	records := make([]record, len(elements))
	last := int64(0)
	for i, element := range elements {
		records[i] = newRecord(element)
		switch number := records[i].number; {
		case records[i].Err != nil:
		case number <= last:
			return nil, res.Invalid("not_in_order", fmt.Sprintf("its ids do not ascend: %d comes after %d", number, last))
		default:
			last = number
		}
	}
	return records, nil
}

// lastNumbered is the index of the last record that has an id, or -1. What
// follows it has no position of its own: the next page shows it again, so it
// is left to that.
func lastNumbered(records []record) int {
	for i, r := range slices.Backward(records) {
		if r.Err == nil {
			return i
		}
	}
	return -1
}

// plain drops what only this package needs.
func plain(records []record) []source.Record {
	out := make([]source.Record, len(records))
	for i := range records {
		out[i] = records[i].Record
	}
	return out
}
