package azuredevops

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// pageSize is how many records of a list make a page, and so a transaction.
const pageSize = 50

// newRecord reads the id of one element, a GUID.
func newRecord(raw []byte) source.Record {
	r := source.NewRecord(raw, "id")
	if r.Err == nil && uuid.Validate(r.ID) != nil {
		r.ID, r.Err = "", errors.New("the record's id is not a GUID")
	}
	return r
}

// readRecords reads the elements of an answer, which states how many it has.
func readRecords(res *source.Response) ([]source.Record, error) {
	elements, err := res.Elements("value")
	if err != nil {
		return nil, err
	}
	if count := gjson.GetBytes(res.Body, "count"); count.Exists() && count.Int() != int64(len(elements)) {
		return nil, res.Invalid("wrong_count", fmt.Sprintf("it states %s elements and has %d", count.Raw, len(elements)))
	}
	records := make([]source.Record, len(elements))
	for i, element := range elements {
		records[i] = newRecord(element)
	}
	return records, nil
}

// cursorPrefix is followed by the last id read.
const cursorPrefix = "id:"

func cursorAfter(id string) source.Cursor { return source.Cursor(cursorPrefix + id) }

// parseCursor returns the last id read, or "" for the empty cursor.
func parseCursor(cursor source.Cursor) (string, error) {
	if cursor == "" {
		return "", nil
	}
	id, ok := strings.CutPrefix(string(cursor), cursorPrefix)
	if !ok || uuid.Validate(id) != nil {
		return "", source.BadCursor()
	}
	return id, nil
}

// sorted is the rest of a list, in the order of the ids.
type sorted struct {
	records []source.Record
	// odd are the elements that no position belongs to. They come with the
	// last page, so that a listing that is resumed shows them once.
	odd []source.Record
}

// sortAfter puts what follows an id into order.
func sortAfter(records []source.Record, after string) *sorted {
	s := &sorted{}
	for _, record := range records {
		switch {
		case record.Err != nil:
			s.odd = append(s.odd, record)
		case record.ID > after:
			s.records = append(s.records, record)
		}
	}
	slices.SortStableFunc(s.records, func(a, b source.Record) int { return strings.Compare(a.ID, b.ID) })
	return s
}

// next takes one page off the front.
func (s *sorted) next() source.Page {
	if len(s.records) <= pageSize {
		return source.Page{Records: append(s.records, s.odd...), Last: true}
	}
	page := s.records[:pageSize:pageSize]
	s.records = s.records[pageSize:]
	return source.Page{Records: page, Next: cursorAfter(page[pageSize-1].ID)}
}
