package gitea

import (
	"context"
	"net/url"
	"strconv"

	"holdfast/internal/source"
)

const (
	searchPath  = "/api/v1/repos/search"
	userPath    = "/api/v1/user"
	versionPath = "/api/v1/version"
)

// ask sends one request.
func (g *gitea) ask(ctx context.Context, path string, query url.Values) (*source.Response, error) {
	return g.client.Do(ctx, source.Request{Ref: path, Query: query, Explain: g.explain})
}

// view is one page of the search and where it begins.
type view struct {
	*source.Response

	records source.Ascending
	page    int
	size    int
	start   int
	// total is X-Total-Count, or nil.
	total *int64
}

// search asks for one page of the listing of an owner.
func (g *gitea) search(ctx context.Context, owner int64, page, size int) (*view, error) {
	query := g.options.query(owner)
	query.Set("page", strconv.Itoa(page))
	query.Set("limit", strconv.Itoa(size))
	res, err := g.ask(ctx, searchPath, query)
	if err != nil {
		return nil, err
	}
	elements, err := res.Elements("data")
	if err != nil {
		return nil, err
	}
	records, err := source.ReadAscending(res, elements)
	return &view{Response: res, records: records, page: page, size: size, start: (page - 1) * size, total: statedTotal(res)}, err
}

// short reports whether a page has fewer elements than were asked for although
// it is not the last one: the server has cut the limit.
func (v *view) short() bool {
	given := len(v.records)
	return given < v.size && v.total != nil && int64(v.start+given) < *v.total
}

// object asks for one object.
func (g *gitea) object(ctx context.Context, path string) (*source.Response, *source.Fields, error) {
	res, err := g.ask(ctx, path, nil)
	if err != nil {
		return nil, nil, err
	}
	if err := source.CheckJSON(res.Body); err != nil {
		return nil, nil, res.Invalid("not_an_object", err.Error())
	}
	fields := source.ReadFields(res.Body)
	if fields.Err() != nil {
		return nil, nil, res.Invalid("not_an_object", "it is no object")
	}
	return res, fields, nil
}

// owner returns the number of the organization or user whose repositories are
// listed, or 0 for all.
func (g *gitea) owner(ctx context.Context) (int64, error) {
	path := "/api/v1/orgs/" + url.PathEscape(g.options.Org)
	switch {
	case g.options.User != "":
		path = "/api/v1/users/" + url.PathEscape(g.options.User)
	case g.options.Org == "":
		return 0, nil
	}
	res, fields, err := g.object(ctx, path)
	if err != nil {
		return 0, err
	}
	id := fields.Int("id")
	if id == nil || *id <= 0 {
		return 0, res.Invalid("no_id", "it has no id")
	}
	return *id, nil
}

// account returns the name of the token's owner, or nil if the token may not
// tell, which listing does not need.
//
// Old versions take a token that they do not know for no token, and list what
// everyone may see. Only here such a token is refused for certain.
func (g *gitea) account(ctx context.Context) (*source.Fields, error) {
	if g.options.Token.IsZero() {
		return nil, nil //nolint:nilnil // nobody is what the caller has to expect
	}
	_, fields, err := g.object(ctx, userPath)
	if isMissingScope(err) {
		return nil, nil //nolint:nilnil // as above
	}
	return fields, err
}

// statedTotal is the header that counts the whole listing.
func statedTotal(res *source.Response) *int64 {
	total, err := strconv.ParseInt(res.Header.Get("X-Total-Count"), 10, 64)
	if err != nil || total < 0 {
		return nil
	}
	return &total
}
