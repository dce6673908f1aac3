package gitea

import (
	"context"
	"encoding/json"
	"fmt"

	"holdfast/internal/source"
)

// spec describes a partition: a range of ids in the listing of one owner.
type spec struct {
	// Listing is what the source lists, to tell a plan of another listing.
	Listing string `json:"listing"`
	// Owner is the number of an organization or user, or 0 for all.
	Owner int64 `json:"owner,omitempty"`
	// After is the last id before the range, and Until the last one in it; 0
	// is no bound.
	After int64 `json:"after,omitempty"`
	Until int64 `json:"until,omitempty"`
	// Position is how many elements came up to and with After when the plan
	// was made.
	Position int `json:"position,omitempty"`
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
	parts := []spec{whole}
	if first.total != nil {
		if parts, err = g.cut(ctx, whole, *first.total); err != nil {
			return source.Plan{}, err
		}
	}
	return source.Plan{Partitions: g.partitions(parts), Total: first.total}, nil
}

// cut makes ranges of one length, none shorter than two pages: at each border a
// page is asked for that shows little new.
func (g *gitea) cut(ctx context.Context, whole spec, total int64) ([]spec, error) {
	number := min(int64(g.options.Partitions), max(total/int64(2*whole.Size), 1))
	parts := []spec{whole}
	for i := int64(1); i < number; i++ {
		position := int(i * total / number)
		id, err := g.idAt(ctx, whole.Owner, position)
		if err != nil {
			return nil, err
		}
		last := &parts[len(parts)-1]
		if id <= last.After {
			// Repositories have gone meanwhile. Fewer cuts are as good.
			continue
		}
		last.Until = id
		next := whole
		next.After, next.Position = id, position
		parts = append(parts, next)
	}
	return parts, nil
}

// idAt asks for the one element at a position. Its id is 0 if there is none.
func (g *gitea) idAt(ctx context.Context, owner int64, position int) (int64, error) {
	v, err := g.search(ctx, owner, position, 1)
	if err != nil || len(v.records) != 1 {
		return 0, err
	}
	return v.records[0].Number, nil
}

func (g *gitea) partitions(parts []spec) []source.Partition {
	partitions := make([]source.Partition, len(parts))
	for i := range parts {
		// A struct of a text and numbers always marshals.
		stored, _ := json.Marshal(&parts[i]) //nolint:errchkjson // see above
		partitions[i] = source.Partition{Name: g.options.name() + parts[i].rangeName(), Spec: stored}
	}
	return partitions
}

func (s spec) rangeName() string {
	switch {
	case s.After == 0 && s.Until == 0:
		return ""
	case s.Until == 0:
		return fmt.Sprintf(", ids %d and up", s.After+1)
	}
	return fmt.Sprintf(", ids %d-%d", s.After+1, s.Until)
}

// listing is the query of the listing, by the owner's name in place of its
// number.
func (g *gitea) listing() string { return g.options.name() + "?" + g.options.query(0).Encode() }

// parseSpec refuses a plan that was made before the source was changed.
func (g *gitea) parseSpec(stored []byte) (spec, error) {
	var s spec
	err := json.Unmarshal(stored, &s)
	switch {
	case err != nil, s.Listing != g.listing(), s.Owner < 0, s.After < 0, s.Until < 0, s.Position < 0,
		s.Until != 0 && s.Until <= s.After, s.Size < minPerPage, s.Size > maxPerPage:
		return spec{}, source.PlanOutdated()
	}
	return s, nil
}
