package gitlab

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"holdfast/internal/source"
)

// keyset reads a range of an instance's ids.
type keyset struct {
	*gitlab

	part  spec
	after int64
}

// parseKeyset returns the last id that a cursor names, or the one before the
// partition's first.
func (s spec) parseKeyset(cursor source.Cursor) (int64, error) {
	if cursor == "" {
		return s.After, nil
	}
	last, err := source.ParseKeyset(cursor)
	if err == nil && (last < s.After || s.Before != 0 && last >= s.Before) {
		return 0, source.BadCursor()
	}
	return last, err
}

// next asks for what follows the last id. The position is our own and never
// taken from the Link header while ids say where we are.
func (k *keyset) next(ctx context.Context) (source.Page, error) {
	res, err := k.ask(ctx, k.part.Path, k.query())
	if err != nil {
		return source.Page{}, err
	}
	elements, err := res.Elements("")
	if err != nil {
		return source.Page{}, err
	}
	records, err := source.ReadAscending(res, elements)
	if err != nil {
		return source.Page{}, err
	}
	if err := k.within(res, records); err != nil {
		return source.Page{}, err
	}
	placed := records.Placed()
	if placed == 0 {
		return k.withoutIDs(res, records)
	}
	k.after = records[placed-1].Number
	return source.Page{Records: records[:placed].Records(), Next: source.KeysetCursor(k.after)}, nil
}

func (k *keyset) query() url.Values {
	q := k.options.query("asc", k.options.PerPage)
	q.Set("pagination", "keyset")
	q.Set("id_after", strconv.FormatInt(k.after, 10))
	if k.part.Before != 0 {
		q.Set("id_before", strconv.FormatInt(k.part.Before, 10))
	}
	return q
}

// within refuses ids that were not asked for: a service that overlooks the
// bounds repeats the same page for ever.
func (k *keyset) within(res *source.Response, records source.Ascending) error {
	for _, r := range records {
		if r.Err == nil && (r.Number <= k.after || k.part.Before != 0 && r.Number >= k.part.Before) {
			return res.Invalid("repeated_page", fmt.Sprintf(
				"it lists id %d, where ids after %d were asked for: the page is repeated, or the bounds are ignored", r.Number, k.after))
		}
	}
	return nil
}

// withoutIDs decides about a page by whose records nobody can tell how far the
// listing has come. An empty page is the end, unless its Link leads on. A
// short page of unusable records without a Link is the end too, but not if
// nothing before it could be used: then the answers have another form.
func (k *keyset) withoutIDs(res *source.Response, records source.Ascending) (source.Page, error) {
	linked, err := linkedAfter(res)
	if err != nil {
		return source.Page{}, err
	}
	switch {
	case k.part.Before != 0 && linked >= k.part.Before:
		return source.Page{}, res.Invalid("bad_next_address", fmt.Sprintf(
			"its Link header leads to id %d, where ids before %d were asked for", linked, k.part.Before))
	case linked > k.after:
		k.after = linked
		return source.Page{Records: records.Records(), Next: source.KeysetCursor(linked)}, nil
	case linked != 0:
		return source.Page{}, res.Invalid("repeated_page", fmt.Sprintf("its Link header leads back to id %d", linked))
	case len(records) == 0, len(records) < k.options.PerPage && k.after > k.part.After:
		return source.Page{Records: records.Records(), Last: true}, nil
	}
	return source.Page{}, res.Invalid("no_ids", "none of its elements has an id")
}

// linkedAfter is the id_after of the Link header's next address, or 0.
func linkedAfter(res *source.Response) (int64, error) {
	ref, err := res.Next()
	if err != nil || ref == "" {
		return 0, err
	}
	next, err := url.Parse(ref)
	if err != nil {
		return 0, res.Invalid("bad_next_address", "the address of the next page is none")
	}
	after, ok := source.ParseNumber(next.Query().Get("id_after"))
	if !ok {
		return 0, res.Invalid("bad_next_address", "the address of the next page has no id_after")
	}
	return after, nil
}
