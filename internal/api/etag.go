package api

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// etagOf is a strong validator of a body: equal bodies, equal tags, on every
// instance of the server.
func etagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// noneMatch is an If-None-Match header.
type noneMatch struct {
	any  bool
	tags []string
}

// parseNoneMatch reads the header; an absent one matches nothing. What is not a
// tag matches nothing either: RFC 9110 has no error for it.
func parseNoneMatch(header *string) noneMatch {
	if header == nil {
		return noneMatch{}
	}
	rest := strings.TrimSpace(*header)
	if rest == "*" {
		return noneMatch{any: true}
	}
	var tags []string
	for {
		rest = strings.TrimLeft(rest, " \t,")
		// Weak comparison: W/"x" and "x" are the same tag here.
		opened, ok := strings.CutPrefix(strings.TrimPrefix(rest, "W/"), `"`)
		if !ok {
			return noneMatch{tags: tags}
		}
		tag, after, closed := strings.Cut(opened, `"`)
		if !closed {
			return noneMatch{tags: tags}
		}
		tags = append(tags, `"`+tag+`"`)
		rest = after
	}
}

// given reports whether the client knows any version.
func (n noneMatch) given() bool { return n.any || len(n.tags) > 0 }

// matches reports whether the client knows this version.
func (n noneMatch) matches(tag string) bool {
	return n.any || slices.Contains(n.tags, tag)
}
