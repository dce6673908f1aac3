package bitbucket

import (
	"fmt"
	"time"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// record is an element of a page. Created and its text tell the place of a
// record in the listing; an element whose Err is set has none.
type record struct {
	source.Record

	created time.Time
	text    string
}

// readPage reads the elements of an answer, which must be in the order of their
// creation, from a moment on: the whole listing rests on that.
func readPage(res *source.Response, from time.Time) ([]record, error) {
	elements, err := res.Elements("values")
	if err != nil {
		return nil, err
	}
	records := make([]record, len(elements))
	last := from
	for i, element := range elements {
		r := &records[i]
		if r.Record = source.NewRecord(element, "uuid"); r.Err != nil {
			continue
		}
		r.text = gjson.GetBytes(element, "created_on").Str
		if r.created, err = time.Parse(time.RFC3339Nano, r.text); err != nil {
			return nil, res.Invalid("no_created_on", "the repository "+r.ID+" has no created_on, by which the listing is ordered")
		}
		switch {
		case i == 0 && r.created.Before(from):
			return nil, res.Invalid("repeated_page", fmt.Sprintf(
				"it begins with %s, where repositories created at or after %s were asked for: the page is repeated, or the filter is ignored",
				r.text, from.Format(time.RFC3339Nano)))
		case r.created.Before(last):
			return nil, res.Invalid("not_in_order", "it is not ordered by created_on: "+r.text+" comes too late")
		}
		last = r.created
	}
	return records, nil
}

// placed counts the records up to and with the last one that has a place. What
// follows it is shown again by the page that is asked for next.
func placed(records []record) int {
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
