package source

import (
	"net/url"
	"strings"
)

// The two schemes a service may have.
const (
	schemeHTTP  = "http"
	schemeHTTPS = "https"
)

// origin is the scheme, host and port of an address in one spelling.
func origin(u *url.URL) string {
	scheme, host, port := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" || scheme == schemeHTTPS && port == "443" || scheme == schemeHTTP && port == "80" {
		return scheme + "://" + host
	}
	return scheme + "://" + host + ":" + port
}

// rebase turns the address of a next page into a ref below the configured
// address: its path and query, and nothing else of it. Servers behind a proxy
// name hosts, ports, schemes and path prefixes that only they can see, and a
// credential must not follow them.
//
// A path below the configured one loses that prefix; a path that ends in the
// path just asked for is that path, whatever prefix the server believes in;
// any other is taken as it stands. ok is false for what is no such address.
func rebase(base *url.URL, asked, next string) (ref string, ok bool) {
	at, err := url.Parse(asked)
	if err != nil || next == "" {
		return "", false
	}
	u, err := url.Parse(next)
	if err != nil || u.Opaque != "" || u.Scheme != "" && u.Scheme != schemeHTTP && u.Scheme != schemeHTTPS {
		return "", false
	}
	if u.Host == "" && !strings.HasPrefix(u.Path, "/") {
		// Relative to the page it came with, as a browser would have it.
		current := base.JoinPath(at.EscapedPath())
		if at.EscapedPath() == "" {
			current = base
		}
		u = current.ResolveReference(u)
	}
	to := belowPrefix(base.EscapedPath(), at.EscapedPath(), u.EscapedPath())
	if u.RawQuery != "" {
		to += "?" + u.RawQuery
	}
	return to, true
}

// belowPrefix applies the rules of rebase to escaped paths.
func belowPrefix(prefix, asked, next string) string {
	if rest, found := strings.CutPrefix(next, prefix); found && (rest == "" || rest[0] == '/') {
		return rest
	}
	if len(asked) > 1 && strings.HasSuffix(next, "/"+strings.TrimLeft(asked, "/")) {
		return asked
	}
	return "/" + strings.TrimLeft(next, "/")
}

// Link returns the ref that the Link header names with a relation such as
// "last", or "" where it names none; see [Response.Rebase].
func (r *Response) Link(rel string) (string, error) {
	target := linkTarget(r.Header.Values("Link"), rel)
	if target == "" {
		return "", nil
	}
	return r.Rebase(target)
}

// linkTarget returns the target with the given relation of RFC 8288 Link
// headers, or "".
func linkTarget(headers []string, rel string) string {
	for _, header := range headers {
		for header != "" {
			target, params, rest, ok := cutLink(header)
			if !ok {
				break
			}
			if hasRel(params, rel) {
				return target
			}
			header = rest
		}
	}
	return ""
}

// cutLink takes the first "<target>; params" off a header. Commas part links
// only outside of brackets and quotes.
func cutLink(header string) (target, params, rest string, ok bool) {
	_, after, found := strings.Cut(header, "<")
	if !found {
		return "", "", "", false
	}
	target, after, found = strings.Cut(after, ">")
	if !found {
		return "", "", "", false
	}
	quoted := false
	for i := range len(after) {
		switch {
		case after[i] == '"':
			quoted = !quoted
		case after[i] == ',' && !quoted:
			return target, after[:i], after[i+1:], true
		}
	}
	return target, after, "", true
}

// hasRel reports whether the parameters of a link name a relation. One rel may
// name several, parted by spaces.
func hasRel(params, rel string) bool {
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(param, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for word := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(word, rel) {
				return true
			}
		}
	}
	return false
}
