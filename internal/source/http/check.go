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

func (p *problems) addf(format string, args ...any) {
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
		p.addf("%s: %w", option, err)
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
		p.addf("method: %q is not known here; write GET or POST", o.Method)
	}
	switch {
	case o.Method == http.MethodGet && o.Body != nil:
		p.addf("body: a GET request has none; remove it, or write method: POST")
	case o.Method == http.MethodPost && o.Body == nil:
		p.addf("body: missing; write what POST shall send as keys and values, or body: {}")
	}
	o.checkPath(p)
	o.checkHeaders(p)
}

func (o *options) checkPath(p *problems) {
	switch {
	case o.Path == "":
	case !strings.HasPrefix(o.Path, "/") || strings.HasPrefix(o.Path, "//"):
		p.addf("path: %q does not begin with one slash; write the part after url, e.g. /api/v1/projects", o.Path)
	case strings.ContainsAny(o.Path, "?#"):
		p.addf("path: it has a query or fragment (? or #); write only what is before it, and parameters under query")
	case strings.Contains(o.Path+"/", "/../"):
		p.addf("path: it climbs up with ..; write it without")
	default:
		u, err := url.Parse(o.Path)
		if err != nil {
			p.addf("path: %q is not a path of an address; write %% as %%25, and escape what is not plain", o.Path)
			return
		}
		o.Path = u.EscapedPath()
	}
	if _, nameless := o.Query[""]; nameless {
		p.addf("query: a parameter has no name; write one before the value")
	}
}

// checkHeaders refuses what the client itself sets, and what no header can carry.
func (o *options) checkHeaders(p *problems) {
	ours := []string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Accept-Encoding"}
	for _, name := range slices.Sorted(maps.Keys(o.Headers)) {
		value := o.Headers[name].Reveal()
		switch {
		case !isToken(name):
			p.addf("headers: %q is no name of a header; write one like X-Api-Key", name)
		case slices.Contains(ours, http.CanonicalHeaderKey(name)):
			p.addf("headers: %s is set by the client itself; remove it", name)
		case http.CanonicalHeaderKey(name) == "Authorization" && o.Auth.Kind != "" && o.Auth.Kind != authNone,
			o.Auth.Kind == authHeader && strings.EqualFold(name, o.Auth.Header):
			p.addf("headers: %s is set by auth as well; remove one of them", name)
		case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }):
			p.addf("headers: the value of %s holds a line break or another character that no header can carry; check how it was copied", name)
		}
	}
}

// isToken reports whether a text is a name as RFC 9110 has it.
func isToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

// The kinds of auth.
const (
	authNone   = "none"
	authBearer = "bearer"
	authBasic  = "basic"
	authHeader = "header"
)

// checkAuth demands what a kind takes and refuses what it does not.
func (o *options) checkAuth(p *problems) {
	a := o.Auth
	choices := []choice{
		{"header", a.Header != "", []string{authHeader}},
		{"password", !a.Password.IsZero(), []string{authBasic}},
		{"token", !a.Token.IsZero(), []string{authBearer}},
		{"user", a.User != "", []string{authBasic}},
		{"value", !a.Value.IsZero(), []string{authHeader}},
	}
	switch a.Kind {
	case authNone, authBearer, authBasic, authHeader:
	case "":
		if slices.ContainsFunc(choices, func(c choice) bool { return c.set }) {
			p.addf("auth.kind: missing; write bearer, basic or header")
		}
		return
	default:
		p.addf("auth.kind: %q is not known here; write none, bearer, basic or header", a.Kind)
		return
	}
	p.choices("auth", a.Kind, choices)
	a.checkCredential(p, choices)
}

// checkCredential demands what belongs to a kind.
func (a authOptions) checkCredential(p *problems, choices []choice) {
	for _, c := range choices {
		// A key may be the user, and have no password: some services want it so.
		if !c.set && slices.Contains(c.kinds, a.Kind) && c.name != "password" {
			p.addf("auth.%s: missing; kind %s needs it", c.name, a.Kind)
		}
	}
	if a.Header != "" && !isToken(a.Header) {
		p.addf("auth.header: %q is no name of a header; write one like X-Api-Key", a.Header)
	}
	if a.Kind == authBasic && strings.Contains(a.User, ":") {
		p.addf("auth.user: it holds a colon, which basic auth cannot carry; write only the user")
	}
}

// choice is an option that only some kinds take.
type choice struct {
	name  string
	set   bool
	kinds []string
}

// choices refuses what is set and not taken.
func (p *problems) choices(section, kind string, choices []choice) {
	for _, c := range choices {
		if c.set && !slices.Contains(c.kinds, kind) {
			p.addf("%s.%s: kind %s takes none; remove it, or write kind: %s", section, c.name, kind, strings.Join(c.kinds, ", "))
		}
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
		p.addf("%s.status: write the status of the answer, from 200 to 599", option)
	case (o.Body == "") == (o.JQ == ""):
		p.addf("%s: write either body, with a part of the answer's text, or jq, with an expression that is true of it", option)
	case o.Body != "" && o.Status < 300:
		p.addf("%s.body: a record may hold the same text; write jq for an answer with status %d", option, o.Status)
	}
	return &symptom{status: o.Status, text: []byte(o.Body), test: p.expression(option+".jq", o.JQ)}
}
