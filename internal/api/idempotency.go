package api

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"
)

// maxKey is the length of the longest Idempotency-Key.
const maxKey = 255

// oneKey refuses several Idempotency-Key headers before the generated code does,
// in the words of its library.
func oneKey(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if lines := c.Request().Header.Values("Idempotency-Key"); len(lines) > 1 {
			return invalidKey(fmt.Sprintf("The header Idempotency-Key is there %d times; send it once.", len(lines)))
		}
		return next(c)
	}
}

// parseKey reads an Idempotency-Key header: a structured string in double
// quotes as in draft-ietf-httpapi-idempotency-key-header, or, because most
// clients send that, the bare key. Both forms of one key are the same key; an
// absent header is no key.
func parseKey(header *string) (string, error) {
	if header == nil {
		return "", nil
	}
	key := strings.TrimSpace(*header)
	if strings.HasPrefix(key, `"`) {
		var ok bool
		if key, ok = unquote(key); !ok {
			return "", invalidKey("The Idempotency-Key begins with a double quote; " +
				`it must end with one too, and have \" and \\ for those two within.`)
		}
	}
	if !visible(key) || len(key) > maxKey {
		return "", invalidKey("An Idempotency-Key has 1 to 255 visible ASCII characters and no spaces, for example a UUID.")
	}
	return key, nil
}

// unquote reads a string of RFC 9651, section 3.3.3.
func unquote(s string) (string, bool) {
	if len(s) < 2 || s[len(s)-1] != '"' { //nolint:mnd // a pair of quotes
		return "", false
	}
	var out strings.Builder
	inner := s[1 : len(s)-1]
	for i := 0; i < len(inner); i++ {
		switch inner[i] {
		case '"':
			return "", false
		case '\\':
			i++
			if i == len(inner) || inner[i] != '"' && inner[i] != '\\' {
				return "", false
			}
		}
		out.WriteByte(inner[i])
	}
	return out.String(), true
}

// fingerprint is what a key is bound to: what was asked, not what it came to,
// so that a repeat finds its jobs also after the configuration has changed.
func fingerprint(parts ...string) []byte {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return sum[:]
}
