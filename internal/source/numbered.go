package source

import (
	"errors"
	"fmt"
	"strconv"
)

// ParseNumber reads a positive whole number that is written in its only
// canonical way: as an id, or as a part of a cursor.
func ParseNumber(text string) (int64, bool) {
	number, err := strconv.ParseInt(text, 10, 64)
	return number, err == nil && number > 0 && strconv.FormatInt(number, 10) == text
}

// Numbered is a record whose id is a positive whole number. Number is 0 where
// Err is set.
type Numbered struct {
	Record

	Number int64
}

// NewNumbered makes a record like [NewRecord]; an id of another form makes it
// one with Err.
func NewNumbered(raw []byte, idPath string) Numbered {
	r := Numbered{Record: NewRecord(raw, idPath)}
	if r.Err != nil {
		return r
	}
	number, ok := ParseNumber(r.ID)
	if !ok {
		r.ID, r.Err = "", errors.New("the record's id is not a positive whole number")
		return r
	}
	r.Number = number
	return r
}

// Placed counts the records up to and with the last one that has an id. What
// follows that one has no place of its own: the next page shows it again, and
// could not tell it from another, so it is left to that.
func Placed(records []Record) int {
	for i := len(records); i > 0; i-- {
		if records[i-1].Err == nil {
			return i
		}
	}
	return 0
}

// Ascending are the elements of one answer of a listing in the order of the ids.
type Ascending []Numbered

// ReadAscending reads the elements of an answer by their member "id". The ids
// must ascend: the whole listing rests on that order.
func ReadAscending(res *Response, elements [][]byte) (Ascending, error) {
	records := make(Ascending, len(elements))
	last := int64(0)
	for i, element := range elements {
		records[i] = NewNumbered(element, "id")
		switch number := records[i].Number; {
		case records[i].Err != nil:
		case number <= last:
			return nil, res.Invalid("not_in_order", fmt.Sprintf("its ids do not ascend: %d comes after %d", number, last))
		default:
			last = number
		}
	}
	return records, nil
}

// UpTo counts the records up to and with the last one whose id is at most the
// given one.
func (a Ascending) UpTo(id int64) int {
	for i := len(a); i > 0; i-- {
		if a[i-1].Err == nil && a[i-1].Number <= id {
			return i
		}
	}
	return 0
}

// Placed is [Placed] for these records.
func (a Ascending) Placed() int { return Placed(a.Records()) }

// Records drops the numbers.
func (a Ascending) Records() []Record {
	records := make([]Record, len(a))
	for i := range a {
		records[i] = a[i].Record
	}
	return records
}
