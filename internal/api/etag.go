package api

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
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

// joinNoneMatch makes one line of several If-None-Match headers, which mean the
// same (RFC 9110, section 5.3): the generated code takes only one.
func joinNoneMatch(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Request().Header
		if lines := header.Values(ifNoneMatch); len(lines) > 1 {
			header.Set(ifNoneMatch, strings.Join(lines, ", "))
		}
		return next(c)
	}
}

const ifNoneMatch = "If-None-Match"

// given reports whether the client knows any version.
func (n noneMatch) given() bool { return n.any || len(n.tags) > 0 }

// matches reports whether the client knows this version.
func (n noneMatch) matches(tag string) bool {
	return n.any || slices.Contains(n.tags, tag)
}
