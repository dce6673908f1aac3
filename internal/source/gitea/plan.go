package gitea

import (
	"context"
	"encoding/json"

	"holdfast/internal/source"
)

// spec describes a partition: a range of ids in the listing of one owner.
type spec struct {
	source.IDRange

	// Listing is what the source lists, to tell a plan of another listing.
	Listing string `json:"listing"`
	// Owner is the number of an organization or user, or 0 for all.
	Owner int64 `json:"owner,omitempty"`
	// Size is the largest page that the server gave then.
	Size int `json:"size"`
}

// Plan finds out how large pages are and how many repositories there are, and
// cuts the listing at ids that it asks for.
func (g *gitea) Plan(ctx context.Context) (source.Plan, error) {
	if _, err := g.account(ctx); err != nil {
		return source.Plan{}, err
	}
	owner, err := g.owner(ctx)
	if err != nil {
		return source.Plan{}, err
	}
	first, err := g.search(ctx, owner, 1, g.options.PerPage)
	if err != nil {
		return source.Plan{}, err
	}
	whole := spec{Listing: g.listing(), Owner: owner, Size: g.options.PerPage}
	if first.short() && len(first.records) > 0 {
		if whole.Size = len(first.records); whole.Size < minPerPage {
			return source.Plan{}, errSmallPages(first, whole.Size)
		}
	}
	ranges := []source.IDRange{{}}
	if first.total != nil {
		idAt := func(ctx context.Context, position int) (int64, error) { return g.idAt(ctx, owner, position) }
		if ranges, err = source.CutAtIDs(ctx, *first.total, whole.Size, g.options.Partitions, idAt); err != nil {
			return source.Plan{}, err
		}
	}
	return source.Plan{Partitions: g.partitions(whole, ranges), Total: first.total}, nil
}

// idAt asks for the one element at a position. Its id is 0 if there is none.
func (g *gitea) idAt(ctx context.Context, owner int64, position int) (int64, error) {
	v, err := g.search(ctx, owner, position, 1)
	if err != nil || len(v.records) != 1 {
		return 0, err
	}
	return v.records[0].Number, nil
}

func (g *gitea) partitions(whole spec, ranges []source.IDRange) []source.Partition {
	partitions := make([]source.Partition, len(ranges))
	for i, r := range ranges {
		part := whole
		part.IDRange = r
		// A struct of a text and numbers always marshals.
		stored, _ := json.Marshal(&part) //nolint:errchkjson // see above
		partitions[i] = source.Partition{Name: g.options.name() + r.Suffix(), Spec: stored}
	}
	return partitions
}

// listing is the query of the listing, by the owner's name in place of its
// number.
func (g *gitea) listing() string { return g.options.name() + "?" + g.options.query(0).Encode() }

// parseSpec refuses a plan that was made before the source was changed.
func (g *gitea) parseSpec(stored []byte) (spec, error) {
	var s spec
	err := json.Unmarshal(stored, &s)
	switch {
	case err != nil, s.Listing != g.listing(), s.Owner < 0, !s.Valid(), s.Size < minPerPage, s.Size > maxPerPage:
		return spec{}, source.PlanOutdated()
	}
	return s, nil
}
