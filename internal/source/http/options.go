package httpapi

import (
	"net/http"
	"strings"

	"holdfast/internal/source"
)

// options are the keys of a source of kind http; see docs/sources/http.md.
type options struct {
	source.HTTPOptions `yaml:",inline"`

	// Path of the listing below url.
	Path string `yaml:"path"`
	// Method is GET (the default) or POST.
	Method string `yaml:"method"`
	// Query goes with every request whose address is not the service's own.
	Query map[string]string `yaml:"query"`
	// Headers go with every request; their values may be credentials.
	Headers map[string]source.Secret `yaml:"headers"`
	Auth    authOptions              `yaml:"auth"`
	// Body is what POST sends, as JSON.
	Body map[string]any `yaml:"body"`

	// Items is where the list is in an answer; empty when the answer is it.
	Items string `yaml:"items"`
	// ItemsKey says that items is an object of records by key, and names the
	// member that receives the key.
	ItemsKey string `yaml:"items_key"`
	// ID is where a record has its external id.
	ID string `yaml:"id"`
	// Fields maps columns to expressions.
	Fields map[string]string `yaml:"fields"`

	Pagination  paginationOptions `yaml:"pagination"`
	Expired     *symptomOptions   `yaml:"expired"`
	RateLimited *symptomOptions   `yaml:"rate_limited"`
}

// authOptions say how the client proves who it is.
type authOptions struct {
	// Kind is none, bearer, basic or header.
	Kind     string        `yaml:"kind"`
	Token    source.Secret `yaml:"token"`
	User     string        `yaml:"user"`
	Password source.Secret `yaml:"password"`
	Header   string        `yaml:"header"`
	Value    source.Secret `yaml:"value"`
}

// symptomOptions tell an answer by its status and a text in its body, or by a
// jq expression that is true of it.
type symptomOptions struct {
	Status int    `yaml:"status"`
	Body   string `yaml:"body"`
	JQ     string `yaml:"jq"`
}

// paginationOptions say how the pages follow one another.
type paginationOptions struct {
	Kind string `yaml:"kind"`

	// Next finds the next address in the body.
	Next string `yaml:"next"`
	// Cursor finds the cursor in the body; CursorHeader is the header that has it.
	Cursor       string `yaml:"cursor"`
	CursorHeader string `yaml:"cursor_header"`

	// Param or BodyParam is where the request carries the position.
	Param     string `yaml:"param"`
	BodyParam string `yaml:"body_param"`
	// FirstPage is the number of the first page.
	FirstPage int64 `yaml:"first_page"`

	// PageSize is asked for in SizeParam or SizeBodyParam.
	PageSize      int64  `yaml:"page_size"`
	SizeParam     string `yaml:"size_param"`
	SizeBodyParam string `yaml:"size_body_param"`

	// Total, TotalHeader, LastPage and IsLast are signs of the end.
	Total       string `yaml:"total"`
	TotalHeader string `yaml:"total_header"`
	LastPage    string `yaml:"last_page"`
	IsLast      string `yaml:"is_last"`
}

// auth returns the credential of the configured kind.
func (a authOptions) auth() source.Auth {
	switch a.Kind {
	case authBearer:
		return source.BearerAuth(a.Token)
	case authBasic:
		return source.BasicAuth(a.User, a.Password)
	case authHeader:
		return source.HeaderAuth(a.Header, a.Value)
	}
	return source.Auth{}
}

func (o *options) header() http.Header {
	header := http.Header{}
	for name, value := range o.Headers {
		header.Set(name, value.Reveal())
	}
	return header
}

// shortestHidden is the length below which a text is no credential: to take it
// out of every message would only make them unreadable.
const shortestHidden = 8

// hidden returns what may be a credential in headers. A service may echo it
// without the scheme before it, as in "token abc".
func (o *options) hidden() []source.Secret {
	values := strings.Fields(o.Auth.Value.Reveal())
	for name, value := range o.Headers {
		if !isPublic(name) {
			values = append(values, value.Reveal())
			values = append(values, strings.Fields(value.Reveal())...)
		}
	}
	secrets := []source.Secret{}
	for _, value := range values {
		if len(value) >= shortestHidden {
			secrets = append(secrets, source.NewSecret(value))
		}
	}
	return secrets
}

// isPublic reports whether a header never holds a credential.
func isPublic(name string) bool {
	switch name = http.CanonicalHeaderKey(name); name {
	case "Accept", "Accept-Language", "Content-Type", "User-Agent":
		return true
	}
	return strings.HasSuffix(name, "-Version")
}
