package gitea

import (
	"errors"
	"fmt"
	"strconv"

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
	elements, err := res.Elements("data")
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

// readUpTo counts the records up to and with the last one whose id is at most
// the given one.
func readUpTo(records []record, id int64) int {
	for i := len(records); i > 0; i-- {
		if records[i-1].Err == nil && records[i-1].number <= id {
			return i
		}
	}
	return 0
}

// withID counts the records up to and with the last one that has an id. What
// follows it has no place of its own: the next page shows it again, so it is
// left to that.
func withID(records []record) int {
	for i := len(records); i > 0; i-- {
		if records[i-1].Err == nil {
			return i
		}
	}
	return 0
}

// plain drops what only this package needs.
func plain(records []record) []source.Record {
	out := make([]source.Record, len(records))
	for i := range records {
		out[i] = records[i].Record
	}
	return out
}

// parseID reads a whole number that is written in its only canonical way.
func parseID(text string) (int64, bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id > 0 && strconv.FormatInt(id, 10) == text
}
