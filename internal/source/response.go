package source

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxSample is how much of an unreadable answer an error carries.
const maxSample = 512

// Response is the whole answer to a [Request].
type Response struct {
	Status int
	Header http.Header
	Body   []byte

	client *Client
	ref    string
	// asked is the path that was really asked for, for messages.
	asked string
	// digest names the request, if it was answered where it was sent; conditional
	// says that it had an If-None-Match.
	digest      string
	conditional bool
}

// Elements returns the elements of the list at a gjson path in the body, or of
// the body itself if the path is empty; see [SplitArray].
func (r *Response) Elements(path string) ([][]byte, error) {
	elements, err := SplitArray(r.Body, path)
	if err != nil {
		return nil, r.Invalid("not_a_list", err.Error())
	}
	return elements, nil
}

// Next returns the ref of the page that the Link header names as following, or
// "" where it names none.
func (r *Response) Next() (string, error) {
	next := linkTarget(r.Header.Values("Link"), "next")
	if next == "" {
		return "", nil
	}
	return r.Rebase(next)
}

// Rebase turns the address of a further page, as this answer states it, into a
// ref for the next [Request]. The ref may be kept in a [Cursor]: an address
// that repeats the client's credential is refused.
func (r *Response) Rebase(next string) (string, error) {
	ref, ok := rebase(r.client.base, r.ref, next)
	if !ok {
		return "", r.Invalid("bad_next_address", "the address of the next page is none")
	}
	if r.client.auth.shows(ref) {
		return "", r.Invalid("bad_next_address", "the address of the next page holds the credential itself")
	}
	return ref, nil
}

// Echoes reports whether a text holds the client's credential: such a text must
// not be stored, not even as a [Cursor] that came with this answer.
func (r *Response) Echoes(text string) bool { return r.client.auth.shows(text) }

// Limited returns a [RateLimit] error about this answer, whatever its status,
// with the wait that its headers state.
func (r *Response) Limited() *Error {
	now := serverNow(r.Header, time.Now())
	wait, stated := retryAfter(r.Header, now)
	if !stated {
		wait = resetAfter(r.Header, now)
	}
	return r.limited(wait)
}

func (r *Response) limited(wait time.Duration) *Error {
	err := r.problem(RateLimit, "rate_limited", "%s limits the rate of requests")
	err.RetryAfter = wait
	return err
}

// Refused returns an error about this answer, with a sample of it. The problem
// completes a sentence that begins with the place that was asked.
func (r *Response) Refused(kind Kind, code, problem string) *Error {
	return r.problem(kind, code, "%s "+problem)
}

// Invalid returns a [Contract] error about this answer, with a sample of it.
// The problem completes the sentence "the answer of host/path cannot be used: ".
func (r *Response) Invalid(code, problem string) *Error {
	return r.problem(Contract, code, "the answer of %s cannot be used: "+problem)
}

// problem makes an error with a sample; the format gets the place it is about.
func (r *Response) problem(kind Kind, code, format string) *Error {
	return &Error{
		Kind: kind, Code: code,
		// What follows the place may quote the answer, and hold any character.
		Message: r.client.auth.redact(strings.Replace(format, "%s", r.Place(), 1)),
		Sample:  r.client.sample(r.Body),
	}
}

// Place names what was asked, without the query: that may hold anything.
func (r *Response) Place() string {
	return r.client.auth.redact(r.client.base.Host + r.asked)
}

func (r *Response) succeeded() bool { return r.Status >= 200 && r.Status < 300 }

// check is nil for an answer of success that says it is JSON.
func (r *Response) check() error {
	if !r.succeeded() {
		return r.statusError()
	}
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Header.Get("Content-Encoding") != "":
		// gzip is decompressed by the transport; nothing else was asked for.
		return r.Invalid("content_encoding", "its Content-Encoding was not asked for")
	case isHTML(mediaType, r.Body) && (r.Status == http.StatusNonAuthoritativeInfo || isSignIn(r.Body)):
		return r.problem(Configuration, "sign_in_page",
			"%s answered with a sign-in page instead of data: "+
				"check that url is the address of the API's server, and that the credential is right and not expired")
	case isHTML(mediaType, r.Body):
		return r.Invalid("html", "it is an HTML page, not JSON; "+
			"check that url is the address of the service itself, and whether that is being maintained")
	case mediaType != "application/json" && mediaType != "text/json" && !strings.HasSuffix(mediaType, "+json"):
		return r.Invalid("content_type", fmt.Sprintf("its Content-Type is %.60q, where one of JSON must be; "+
			"check that url is the address of the service itself", mediaType))
	}
	return nil
}

func isHTML(mediaType string, body []byte) bool {
	return mediaType == "text/html" || mediaType == "application/xhtml+xml" ||
		bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n\ufeff"), []byte("<"))
}

// isSignIn tells a page that asks for a password from one that tells of
// maintenance: only the former needs a person.
func isSignIn(body []byte) bool {
	page := bytes.ToLower(body)
	for _, mark := range []string{`type="password"`, "sign in", "sign_in", "signin", "log in", "login"} {
		if bytes.Contains(page, []byte(mark)) {
			return true
		}
	}
	return false
}

// sample is the beginning of a body as text that may be shown and stored:
// without the credential, valid UTF-8, no control characters.
func (c *Client) sample(body []byte) string {
	// Redacted before it is cut, so that the cut cannot halve a credential
	// and so hide it from the search.
	body = body[:min(len(body), maxErrorBody)]
	text := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(c.auth.redact(string(body)), "\ufffd"))
	if len(text) <= maxSample {
		return text
	}
	end := maxSample
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
