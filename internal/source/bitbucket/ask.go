package bitbucket

import (
	"context"
	"net/url"
	"strconv"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

const (
	userPath       = "/2.0/user"
	workspacesPath = "/2.0/user/workspaces"
)

func repositoriesPath(workspace string) string {
	return "/2.0/repositories/" + url.PathEscape(workspace)
}

// ask sends one request. The ref may have a query of its own, as next has.
func (b *bitbucket) ask(ctx context.Context, ref string, query url.Values) (*source.Response, error) {
	return b.client.Do(ctx, source.Request{Ref: ref, Query: query, Explain: b.explain})
}

// list asks for repositories of a workspace, in the order of their creation.
func (b *bitbucket) list(ctx context.Context, workspace, filter string, size int) (*source.Response, error) {
	query := url.Values{"sort": {"created_on"}, "pagelen": {strconv.Itoa(size)}}
	if filter != "" {
		query.Set("q", filter)
	}
	return b.ask(ctx, repositoriesPath(workspace), query)
}

// nextRef is the ref of the page that an answer names as following, or "".
func nextRef(res *source.Response) (string, error) {
	next := gjson.GetBytes(res.Body, "next")
	switch {
	case next.Type == gjson.Null, next.Type == gjson.String && next.Str == "":
		return "", nil
	case next.Type != gjson.String:
		return "", res.Invalid("bad_next_address", "its next is no address")
	}
	return res.Rebase(next.Str)
}

// total asks a workspace for its number of repositories, which also proves that
// it can be read; nil if it does not say.
func (b *bitbucket) total(ctx context.Context, workspace string) (*int64, error) {
	res, err := b.list(ctx, workspace, "", 1)
	if err != nil {
		return nil, err
	}
	if _, err := res.Elements("values"); err != nil {
		return nil, err
	}
	return statedTotal(res), nil
}

// statedTotal is the number of all that an answer is a page of, or nil.
func statedTotal(res *source.Response) *int64 {
	size, err := strconv.ParseInt(gjson.GetBytes(res.Body, "size").Raw, 10, 64)
	if err != nil || size < 0 {
		return nil
	}
	return &size
}

// workspaces are those that were configured, or those that the account is a
// member of.
func (b *bitbucket) workspaces(ctx context.Context) ([]string, error) {
	if len(b.options.Workspaces) > 0 {
		return b.options.Workspaces, nil
	}
	found := &finder{bitbucket: b, ref: workspacesPath, query: url.Values{"pagelen": {strconv.Itoa(maxPerPage)}}}
	for found.ref != "" {
		if err := found.page(ctx); err != nil {
			return nil, err
		}
	}
	if len(found.names) == 0 {
		return nil, &source.Error{Kind: source.Configuration, Code: "no_workspaces",
			Message: "the token's account is a member of no workspace: make it a member, or name with workspaces what to list"}
	}
	return found.names, nil
}
