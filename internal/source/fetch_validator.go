package source

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
)

// maxETag bounds what is kept of an answer. Known ones have some seventy bytes.
const maxETag = 256

// Validator is what the same request may be sent with later, in
// [Request.Validator], to be told whether the answer is still this one; empty
// where the service gave none. It holds no secret.
func (r *Response) Validator() string {
	etag := r.Header.Get("ETag")
	switch {
	case r.Status != http.StatusOK || r.digest == "":
		return ""
	case !isETag(etag) || len(etag) > maxETag || r.client.auth.shows(etag):
		return ""
	}
	return r.digest + " " + etag
}

// isETag reports whether a text is an entity tag of RFC 9110, strong or weak.
func isETag(text string) bool {
	opaque, opens := strings.CutPrefix(strings.TrimPrefix(text, "W/"), `"`)
	opaque, closes := strings.CutSuffix(opaque, `"`)
	return opens && closes && !strings.ContainsFunc(opaque, func(r rune) bool { return r <= ' ' || r == '"' || r > '~' })
}

// NotModified reports whether the service confirmed [Request.Validator]: the
// answer has no body, because it would be the same one.
func (r *Response) NotModified() bool { return r.Status == http.StatusNotModified && r.conditional }

// condition makes a request conditional if the validator belongs to it, and
// returns the digest that names the request. An ETag of another address proves
// nothing, even if it looks the same.
func condition(req *http.Request, validator string) (digest string) {
	if req.Method != http.MethodGet {
		return ""
	}
	sum := sha256.Sum256([]byte(req.URL.String()))
	digest = hex.EncodeToString(sum[:16])
	if etag, same := strings.CutPrefix(validator, digest+" "); same && isETag(etag) {
		req.Header.Set("If-None-Match", etag)
	}
	return digest
}
