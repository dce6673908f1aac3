package github

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"holdfast/internal/source"
)

// public reads all public repositories, by id.
type public struct {
	*github

	after int64
}

// next asks for what follows the last id. The position is our own and never
// taken from the Link header while ids say where we are.
func (p *public) next(ctx context.Context) (source.Page, error) {
	res, err := p.ask(ctx, publicPath, url.Values{"since": {strconv.FormatInt(p.after, 10)}})
	if err != nil {
		return source.Page{}, err
	}
	records, err := readRecords(res, "")
	if err != nil {
		return source.Page{}, err
	}
	reached, err := p.ascending(res, records)
	if err != nil {
		return source.Page{}, err
	}
	placed := source.Placed(records)
	if placed == 0 {
		return p.withoutIDs(res, records)
	}
	p.after = reached
	return source.Page{Records: records[:placed], Next: source.KeysetCursor(reached)}, nil
}

// ascending returns the last id of a page, whose ids must ascend from where
// the listing stands: a service that overlooks since repeats a page for ever.
func (p *public) ascending(res *source.Response, records []source.Record) (int64, error) {
	last := p.after
	for _, r := range records {
		if r.Err != nil {
			continue
		}
		id, _ := source.ParseNumber(r.ID)
		if id <= last {
			return 0, res.Invalid("not_in_order", fmt.Sprintf(
				"it lists id %d, where ids after %d must come: the page is repeated, or since is ignored", id, last))
		}
		last = id
	}
	return last, nil
}

// withoutIDs decides about a page by whose records nobody can tell how far the
// listing has come. It is the end, unless its Link leads on.
func (p *public) withoutIDs(res *source.Response, records []source.Record) (source.Page, error) {
	linked, err := linkedSince(res)
	switch {
	case err != nil:
		return source.Page{}, err
	case linked > p.after:
		p.after = linked
		return source.Page{Records: records, Next: source.KeysetCursor(linked)}, nil
	case linked != 0:
		return source.Page{}, res.Invalid("repeated_page", fmt.Sprintf("its Link header leads back to id %d", linked))
	case len(records) > 0 && p.after == 0:
		return source.Page{}, res.Invalid("no_ids", "none of its elements has an id")
	}
	return source.Page{Records: records, Last: true}, nil
}

// linkedSince is the since of the Link header's next address, or 0.
func linkedSince(res *source.Response) (int64, error) {
	ref, err := res.Next()
	if err != nil || ref == "" {
		return 0, err
	}
	next, err := url.Parse(ref)
	if err != nil {
		return 0, res.Invalid("bad_next_address", "the address of the next page is none")
	}
	since, ok := source.ParseNumber(next.Query().Get("since"))
	if !ok {
		return 0, res.Invalid("bad_next_address", "the address of the next page has no since")
	}
	return since, nil
}
