package bitbucket

import (
	"encoding/json"
	"strings"
	"time"

	"holdfast/internal/source"
)

// place is where a workspace's listing stands. As a cursor it is JSON.
type place struct {
	// After is the created_on of the last repository read, as Bitbucket wrote
	// it; empty at the start.
	After string `json:"after,omitempty"`
	// Seen are the ids of those read that were created at that moment.
	Seen []string `json:"seen,omitempty"`
	// Next is the ref of the next page, where too many were.
	Next string `json:"next,omitempty"`
}

func (p place) cursor() source.Cursor {
	// A struct of texts always marshals.
	text, _ := json.Marshal(p) //nolint:errchkjson // see above
	return source.Cursor(text)
}

// moment is the time of After, or the zero time.
func (p place) moment() time.Time {
	// What parsePlace and readPage let in can be parsed.
	moment, _ := time.Parse(time.RFC3339Nano, p.After)
	return moment
}

// parsePlace returns the place that a cursor names. A cursor that this package
// did not write belongs to another kind of listing.
func parsePlace(cursor source.Cursor) (place, error) {
	var p place
	if cursor == "" {
		return p, nil
	}
	err := json.Unmarshal([]byte(cursor), &p)
	_, errTime := time.Parse(time.RFC3339Nano, p.After)
	switch {
	case err != nil, p.After != "" && errTime != nil, p.After == "" && (p.Next == "" || len(p.Seen) > 0),
		p.Next != "" && !strings.HasPrefix(p.Next, "/"), p.cursor() != cursor:
		return place{}, source.BadCursor()
	}
	return p, nil
}
