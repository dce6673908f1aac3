package github

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"holdfast/internal/source"
)

// ask sends one request with credentials that are good, and refuses answers
// that are not the whole truth.
func (g *github) ask(ctx context.Context, path string, query url.Values) (*source.Response, error) {
	return g.askAgain(ctx, path, query, "")
}

// askAgain is ask for a request that may have been answered before, which the
// validator is of. A 304 may lack the headers by which whole judges; then it
// confirms an answer that was.
func (g *github) askAgain(ctx context.Context, path string, query url.Values, validator string) (*source.Response, error) {
	client, err := g.access.client(ctx)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(ctx, source.Request{Ref: path, Query: query, Validator: validator, Explain: g.explain})
	if e, ok := errors.AsType[*source.Error](err); ok && e.Code == "unauthorized" {
		g.access.refused()
	}
	if err != nil {
		return nil, err
	}
	g.limits.answered()
	if err := g.whole(res); err != nil {
		return nil, err
	}
	return res, nil
}

// whole refuses a listing from which GitHub has left repositories out because
// of the token: they would look deleted.
func (g *github) whole(res *source.Response) error {
	if sso, partial := strings.CutPrefix(res.Header.Get("X-Github-Sso"), "partial-results"); partial {
		_, ids, _ := strings.Cut(sso, "organizations=")
		return res.Refused(source.Configuration, "sso_partial", "leaves out the repositories of organizations with single sign-on (ids "+
			ids+"), for which the token is not authorized: authorize it (Configure SSO, in the list of your tokens on GitHub), "+
			"or make sources of the other organizations with org")
	}
	if g.options.wantsPrivate() && lacksRepo(res.Header) {
		return res.Refused(source.Configuration, "missing_scope", "leaves private repositories out: the token lacks the scope repo (it has: "+
			orNone(scopes(res.Header))+"); give it the scope, or write visibility: public")
	}
	return nil
}

// lacksRepo reports whether the token is a classic one without the scope that
// shows private repositories. Tokens of other types state no scopes.
func lacksRepo(h http.Header) bool {
	_, classic := h["X-Oauth-Scopes"]
	return classic && !slices.Contains(scopes(h), "repo")
}

// scopes are the rights of a classic token.
func scopes(h http.Header) []string { return words(h.Get("X-Oauth-Scopes")) }

// words parts a list by its commas.
func words(list string) []string {
	split := []string{}
	for word := range strings.SplitSeq(list, ",") {
		if word = strings.TrimSpace(word); word != "" {
			split = append(split, word)
		}
	}
	return split
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

// readObject reads the members of an answer that is one object.
func readObject(res *source.Response) (*source.Fields, error) {
	if err := source.CheckJSON(res.Body); err != nil {
		return nil, res.Invalid("not_an_object", err.Error())
	}
	fields := source.ReadFields(res.Body)
	if fields.Err() != nil {
		return nil, res.Invalid("not_an_object", "it is no object")
	}
	return fields, nil
}
