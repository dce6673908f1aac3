package bitbucket

import (
	"context"
	"net/url"
	"slices"

	"github.com/tidwall/gjson"
)

// finder follows the list of an account's workspaces.
type finder struct {
	*bitbucket

	// ref and query are those of the next page; ref is empty at the end.
	ref   string
	query url.Values
	asked []string
	names []string
}

// page asks for the next page. A workspace that cannot be read is an error: its
// repositories would be missing from a listing that looks complete.
func (f *finder) page(ctx context.Context) error {
	res, err := f.ask(ctx, f.ref, f.query)
	if err != nil {
		return err
	}
	elements, err := res.Elements("values")
	if err != nil {
		return err
	}
	for _, element := range elements {
		// A membership holds the workspace; older answers are the workspace.
		slug := gjson.GetBytes(element, "workspace.slug")
		if !slug.Exists() {
			slug = gjson.GetBytes(element, "slug")
		}
		if slug.Type != gjson.String || !isWorkspace(slug.Str) {
			return res.Invalid("no_workspace", "one of its elements names no workspace")
		}
		if !slices.Contains(f.names, slug.Str) {
			f.names = append(f.names, slug.Str)
		}
	}
	f.asked = append(f.asked, f.ref)
	if f.ref, err = nextRef(res); err != nil {
		return err
	}
	if slices.Contains(f.asked, f.ref) {
		return res.Invalid("repeated_page", "its next leads back to a page that was read")
	}
	f.query = nil
	return nil
}
