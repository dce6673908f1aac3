package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	defaultPageSize = 50
	maxPageSize     = 500
)

// listing is one list with its filters; tokens of another one are refused.
type listing struct {
	name    string
	filters []string
}

// page is what a client asked for of a listing.
type page struct {
	listing listing
	size    int
	// after is the key of the last element that the client has seen; nil at
	// the start.
	after []string
}

// pageToken is what a token says, in base64 of JSON: opaque to clients, and
// readable for whoever looks into a report of one of them.
type pageToken struct {
	List   string   `json:"l"`
	Filter string   `json:"f"`
	After  []string `json:"a"`
}

// page reads the paging parameters; checkParameter has seen the size. keys is
// how many parts an element's key has.
func (l listing) page(size *int, token *string, keys int) (page, error) {
	p := page{listing: l, size: defaultPageSize}
	if size != nil {
		p.size = *size
	}
	if token == nil || *token == "" {
		return p, nil
	}
	read, err := parseToken(*token)
	if err != nil || read.List != l.name || read.Filter != l.digest() || len(read.After) != keys ||
		slices.ContainsFunc(read.After, func(key string) bool { return !storable(key) }) {
		return page{}, invalidPageToken()
	}
	p.after = read.After
	return p, nil
}

func parseToken(text string) (pageToken, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return pageToken{}, fmt.Errorf("decode page token: %w", err)
	}
	var token pageToken
	if err := json.Unmarshal(raw, &token); err != nil {
		return pageToken{}, fmt.Errorf("read page token: %w", err)
	}
	return token, nil
}

func (t pageToken) String() string {
	raw, _ := json.Marshal(t) //nolint:errchkjson // strings always marshal
	return base64.RawURLEncoding.EncodeToString(raw)
}

// digest keeps a token short and its filters out of other people's logs.
func (l listing) digest() string {
	sum := sha256.Sum256([]byte(strings.Join(l.filters, "\x00")))
	return hex.EncodeToString(sum[:6])
}

// limit is how many elements to read: one more than the page has, which tells
// whether there is another page.
func (p page) limit() int { return p.size + 1 }

// afterID returns the key as a number, or the given one at the start.
func (p page) afterID(start int64) (int64, error) {
	if p.after == nil {
		return start, nil
	}
	id, err := strconv.ParseInt(p.after[0], 10, 64)
	if err != nil {
		return 0, invalidPageToken()
	}
	return id, nil
}

// cut returns the page's elements and the token of the next page, or nil.
func cut[T any](p page, read []T, key func(*T) []string) ([]T, *string) {
	if len(read) <= p.size {
		return read, nil
	}
	read = read[:p.size]
	token := pageToken{List: p.listing.name, Filter: p.listing.digest(), After: key(&read[p.size-1])}
	return read, new(token.String())
}
