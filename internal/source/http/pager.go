package httpapi

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/source"
)

// maxEmpty ends a listing of nothing but empty pages. Services that filter
// after they have cut the pages give some in a row.
const maxEmpty = 1000

// pager knows one kind of pagination.
type pager interface {
	// ask puts a position into the request of its page.
	ask(at position, r *request)
	// next finds the position after a page, or says that the page is the last.
	// Counting is not its business.
	next(ctx context.Context, at position, a *answer) (next position, last bool, err error)
}

// advance finds the position after a page, and counts.
func (s *httpSource) advance(ctx context.Context, at position, a *answer) (next position, last bool, err error) {
	next, last, err = s.pager.next(ctx, at, a)
	if err != nil || last {
		return next, last, err
	}
	next.Pages++
	next.Seen += int64(len(a.records))
	next.Empty++
	if len(a.records) > 0 {
		next.Empty = 0
	}
	if next.Empty > maxEmpty {
		return next, false, a.Invalid("only_empty_pages", "it is one of very many empty pages in a row: check pagination and query")
	}
	var again bool
	if ids := idsOf(a.records); ids != "" {
		next.Records, again = next.Records.step(ids)
	}
	if again {
		// Beyond the end some services give their last page for ever.
		return next, false, a.Invalid("repeated_page", "it holds the same records as a page before: "+
			"does the service know the parameters in pagination?")
	}
	return next, false, nil
}

// whole is the kind none: the answer is the listing.
type whole struct{}

func (whole) ask(position, *request) {}

// next refuses an answer that names a next page: a part would pass for the whole.
func (whole) next(_ context.Context, at position, a *answer) (position, bool, error) {
	if next, _ := a.Next(); next != "" {
		return at, false, a.Refused(source.Configuration, "more_pages",
			"names a next page in its Link header, which pagination does not follow: write kind: link, or a larger page size")
	}
	return at, true, nil
}

// linked follows addresses: the kinds link and next_url.
type linked struct {
	// address finds the next one in the body; nil for the Link header.
	address *expression
}

// ask takes the address as the service stated it, with nothing added: it knows
// what it needs to go on.
func (p linked) ask(at position, r *request) {
	if at.started() {
		r.ref, r.query = at.Ref, nil
	}
}

func (p linked) next(ctx context.Context, at position, a *answer) (position, bool, error) {
	if a.saysLast() {
		return at, true, nil
	}
	ref, found, err := p.find(ctx, a)
	switch {
	case err != nil:
		return at, false, err
	case !found:
		return at, true, a.mustBeLast("no next address")
	}
	var again bool
	if at.Places, again = at.Places.step(ref); again {
		return at, false, a.Invalid("repeated_page", "it names as next a page that was read before")
	}
	at.Ref = ref
	return at, false, nil
}

// find returns the next address on the configured origin.
func (p linked) find(ctx context.Context, a *answer) (ref string, found bool, err error) {
	if p.address == nil {
		// An empty ref would be the start.
		ref, err = a.Next()
		return ref, ref != "", err
	}
	value, err := a.read(ctx, "pagination.next", p.address)
	if err != nil || isNothing(value) {
		return "", false, err
	}
	if !isText(value) {
		return "", false, a.Invalid("bad_next_address", "pagination.next is "+value.Raw[:min(len(value.Raw), 40)]+", not an address")
	}
	ref, err = a.Rebase(value.Str)
	return ref, true, err
}

// tokens carries on with what the service calls its cursor, or with the last
// id read: the kinds cursor and keyset.
type tokens struct {
	slot slot
	// token finds the cursor in the body, header names the header that has it;
	// with neither it is the last id.
	token  *expression
	header string
}

func (p tokens) ask(at position, r *request) {
	if at.started() {
		p.slot.put(r, at.Token)
	}
}

func (p tokens) next(ctx context.Context, at position, a *answer) (position, bool, error) {
	if a.saysLast() {
		return at, true, nil
	}
	token, err := p.find(ctx, a)
	switch {
	case err != nil:
		return at, false, err
	case token == nil:
		return at, true, a.mustBeLast("no cursor to go on with")
	case a.Echoes(scalarText(token)):
		return at, false, a.Invalid("bad_cursor", "its cursor holds the credential itself")
	}
	var again bool
	if at.Places, again = at.Places.step(string(token)); again {
		return at, false, a.Invalid("repeated_cursor",
			"it leads back to a place that was read before: does the service know "+p.slot.name()+"?")
	}
	at.Token = token
	return at, false, nil
}

// find returns the token as JSON, or nil where there is none.
func (p tokens) find(ctx context.Context, a *answer) (json.RawMessage, error) {
	switch {
	case p.header != "":
		if value := a.Header.Get(p.header); value != "" {
			return json.Marshal(value)
		}
		return nil, nil
	case p.token == nil:
		return p.lastID(a)
	}
	value, err := a.read(ctx, "pagination.cursor", p.token)
	if err != nil || isNothing(value) {
		return nil, err
	}
	if p.slot.param != "" && !isText(value) && !isNumber(value) {
		return nil, a.Invalid("bad_cursor", "pagination.cursor is neither a text nor a number")
	}
	return json.RawMessage(value.Raw), nil
}

// lastID returns the id after which a keyset goes on. Only an empty page is the
// end: a short one may be all that the caller was allowed to see of a full one.
func (p tokens) lastID(a *answer) (json.RawMessage, error) {
	if len(a.records) == 0 {
		return nil, nil
	}
	for _, record := range slices.Backward(a.records) {
		if record.Err == nil {
			return json.Marshal(record.ID)
		}
	}
	return nil, a.Invalid("no_id", "none of its records has an id to go on from")
}

// numbered counts: the kinds offset and page.
type numbered struct {
	slot slot
	// pages counts pages from first on, instead of elements from 0 on.
	pages bool
	first int64
	// lastPage finds the number of the last page.
	lastPage *expression
}

// number is what the request of a position carries.
func (p numbered) number(at position) int64 {
	if p.pages {
		return p.first + at.Pages
	}
	return at.Seen
}

func (p numbered) ask(at position, r *request) {
	p.slot.put(r, strconv.AppendInt(nil, p.number(at), 10))
}

func (p numbered) next(ctx context.Context, at position, a *answer) (position, bool, error) {
	last, err := p.isLast(ctx, at, a)
	if err != nil || last {
		return at, last, err
	}
	if len(a.records) == 0 && !p.pages {
		return at, false, a.Invalid("no_progress", "it is empty and yet not the last page")
	}
	return at, false, nil
}

// isLast goes by the surest sign there is: what the service says, its number
// of pages, its total. An empty page is the end unless one of the first two
// says otherwise; that a total was not reached is for the job to judge.
func (p numbered) isLast(ctx context.Context, at position, a *answer) (bool, error) {
	if a.isLast != nil {
		return *a.isLast, nil
	}
	if p.lastPage != nil {
		last, err := a.readNumber(ctx, "pagination.last_page", p.lastPage)
		if err != nil {
			return false, err
		}
		return p.number(at) >= last, nil
	}
	reached := a.total != nil && at.Seen+int64(len(a.records)) >= *a.total
	return reached || len(a.records) == 0, nil
}

// idsOf joins the ids of the records that have one.
func idsOf(records []source.Record) string {
	ids := make([]string, 0, len(records))
	for _, record := range records {
		if record.Err == nil {
			ids = append(ids, record.ID)
		}
	}
	return strings.Join(ids, "\n")
}
