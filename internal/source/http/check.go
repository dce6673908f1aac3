package httpapi

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// problems gathers what is wrong with the options, so that a person reads of
// all of it at once. Each begins with the option it is about.
type problems struct{ found []error }

func (p *problems) add(format string, args ...any) {
	p.found = append(p.found, fmt.Errorf(format, args...))
}

func (p *problems) err() error { return errors.Join(p.found...) }

// expression compiles an option; an empty one gives nil.
func (p *problems) expression(option, text string) *expression {
	if text == "" {
		return nil
	}
	e, err := compile(text)
	if err != nil {
		p.add("%s: %w", option, err)
	}
	return e
}

// checkRequest refuses requests that cannot work.
func (o *options) checkRequest(p *problems) {
	switch o.Method {
	case "":
		o.Method = http.MethodGet
	case http.MethodGet, http.MethodPost:
	default:
		p.add("method: %q is not known here; write GET or POST", o.Method)
	}
	switch {
	case o.Method == http.MethodGet && o.Body != nil:
		p.add("body: a GET request has none; remove it, or write method: POST")
	case o.Method == http.MethodPost && o.Body == nil:
		p.add("body: missing; write what POST shall send as keys and values, or body: {}")
	}
	o.checkPath(p)
	o.checkHeaders(p)
}

func (o *options) checkPath(p *problems) {
	switch {
	case o.Path == "":
	case !strings.HasPrefix(o.Path, "/") || strings.HasPrefix(o.Path, "//"):
		p.add("path: %q does not begin with one slash; write the part after url, e.g. /api/v1/projects", o.Path)
	case strings.ContainsAny(o.Path, "?#"):
		p.add("path: it has a query or fragment (? or #); write only what is before it, and parameters under query")
	case strings.Contains(o.Path+"/", "/../"):
		p.add("path: it climbs up with ..; write it without")
	default:
		u, err := url.Parse(o.Path)
		if err != nil {
			p.add("path: %q is not a path of an address; write %% as %%25, and escape what is not plain", o.Path)
			return
		}
		o.Path = u.EscapedPath()
	}
	if _, nameless := o.Query[""]; nameless {
		p.add("query: a parameter has no name; write one before the value")
	}
}

// checkHeaders refuses what the client itself sets, and what no header can carry.
func (o *options) checkHeaders(p *problems) {
	for _, name := range slices.Sorted(maps.Keys(o.Headers)) {
		value := o.Headers[name].Reveal()
		switch {
		case !isToken(name):
			p.add("headers: %q is no name of a header; write one like X-Api-Key", name)
		case slices.Contains([]string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Accept-Encoding"}, http.CanonicalHeaderKey(name)):
			p.add("headers: %s is set by the client itself; remove it", name)
		case http.CanonicalHeaderKey(name) == "Authorization" && o.Auth.Kind != "" && o.Auth.Kind != "none",
			o.Auth.Kind == "header" && strings.EqualFold(name, o.Auth.Header):
			p.add("headers: %s is set by auth as well; remove one of them", name)
		case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }):
			p.add("headers: the value of %s holds a line break or another character that no header can carry; check how it was copied", name)
		}
	}
}

// isToken reports whether a text is a name as RFC 9110 has it.
func isToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

// checkAuth demands what a kind takes and refuses what it does not.
func (o *options) checkAuth(p *problems) {
	a := o.Auth
	given := map[string]bool{
		"token": !a.Token.IsZero(), "user": a.User != "", "password": !a.Password.IsZero(),
		"header": a.Header != "", "value": !a.Value.IsZero(),
	}
	needed := map[string][]string{
		"": {}, "none": {}, "bearer": {"token"}, "basic": {"user", "password"}, "header": {"header", "value"},
	}
	takes, known := needed[a.Kind]
	if !known {
		p.add("auth.kind: %q is not known here; write none, bearer, basic or header", a.Kind)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		switch {
		case given[key] && a.Kind == "":
			p.add("auth.kind: missing; write bearer, basic or header")
			return
		case given[key] && !slices.Contains(takes, key):
			p.add("auth.%s: kind %s takes none; remove it, or write another kind", key, a.Kind)
		// A token's owner may have no password: some services take it as the user.
		case !given[key] && slices.Contains(takes, key) && key != "password":
			p.add("auth.%s: missing; kind %s needs it", key, a.Kind)
		}
	}
	if a.Header != "" && !isToken(a.Header) {
		p.add("auth.header: %q is no name of a header; write one like X-Api-Key", a.Header)
	}
	if a.Kind == "basic" && strings.Contains(a.User, ":") {
		p.add("auth.user: it holds a colon, which basic auth cannot carry; write only the user")
	}
}

// symptom checks what tells an answer from its likes.
func (p *problems) symptom(option string, o *symptomOptions) *symptom {
	if o == nil {
		return nil
	}
	if o.Status == 0 {
		o.Status = http.StatusBadRequest
	}
	switch {
	case o.Status < 200 || o.Status > 599:
		p.add("%s.status: write the status of the answer, from 200 to 599", option)
	case (o.Body == "") == (o.JQ == ""):
		p.add("%s: write either body, with a part of the answer's text, or jq, with an expression that is true of it", option)
	case o.Body != "" && o.Status < 300:
		p.add("%s.body: a record may hold the same text; write jq for an answer with status %d", option, o.Status)
	}
	return &symptom{status: o.Status, text: []byte(o.Body), test: p.expression(option+".jq", o.JQ)}
}
