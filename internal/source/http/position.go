package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"holdfast/internal/source"
)

// position is how far a listing has come; as JSON it is the cursor. The zero
// position is the start.
type position struct {
	// Listing is the fingerprint of the options that shape the listing.
	Listing string `json:"listing"`
	// Ref is the address of the page, below the configured one.
	Ref string `json:"ref,omitempty"`
	// Token is what the service calls its cursor, or the last id read, as JSON.
	Token json.RawMessage `json:"token,omitempty"`
	// Pages and Seen count the pages and the elements before this position.
	Pages int64 `json:"pages"`
	Seen  int64 `json:"seen"`
	// Empty counts the empty pages right before it.
	Empty int64 `json:"empty,omitempty"`
	// Places and Records find addresses or tokens, and pages with the same
	// ids, that come again.
	Places  trail `json:"places,omitzero"`
	Records trail `json:"records,omitzero"`
}

// started reports whether anything has been read.
func (p position) started() bool { return p.Pages > 0 }

// cursor returns the position as the job keeps it.
func (p position) cursor() (source.Cursor, error) {
	text, err := json.Marshal(p)
	return source.Cursor(text), err
}

// resume reads a cursor of the listing with this fingerprint.
func resume(listing string, from source.Cursor) (position, error) {
	if from == "" {
		return position{Listing: listing}, nil
	}
	var p position
	decoder := json.NewDecoder(bytes.NewReader([]byte(from)))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&p)
	if err != nil || p.Listing != listing || p.Pages < 1 || p.Seen < 0 || p.Empty < 0 {
		return position{}, &source.Error{Kind: source.Expired, Code: "bad_cursor",
			Message: "the stored position is not one of this listing, whose options may have changed since; it begins again"}
	}
	return p, nil
}

// trail finds out when a listing goes in a circle, however long that is and
// however often the listing is taken up again: beside the last place it keeps
// the one that was reached after 1, 2, 4, 8, … steps, which a circle must meet
// again (Brent's algorithm).
type trail struct {
	Steps int64  `json:"steps,omitempty"`
	Last  string `json:"last,omitempty"`
	Mark  string `json:"mark,omitempty"`
}

// step goes on to a place; again reports that the trail has been there.
func (t trail) step(place string) (on trail, again bool) {
	here := digest([]byte(place))
	if here == t.Last || here == t.Mark {
		return t, true
	}
	t.Steps++
	t.Last = here
	if t.Steps&(t.Steps-1) == 0 {
		t.Mark = here
	}
	return t, false
}

// digest is a short fingerprint.
func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
