package httpapi

import (
	"net/http"
	"strings"
)

// The kinds of pagination.
const (
	kindNone    = "none"
	kindLink    = "link"
	kindNextURL = "next_url"
	kindCursor  = "cursor"
	kindKeyset  = "keyset"
	kindOffset  = "offset"
	kindPage    = "page"
)

// choices lists the options that not every kind takes.
func (o *paginationOptions) choices() []choice {
	numbered := []string{kindOffset, kindPage}
	placed := append([]string{kindCursor}, numbered...)
	judged := append([]string{kindNextURL, kindKeyset}, placed...)
	paged := append([]string{kindLink}, judged...)
	return []choice{
		{"body_param", o.BodyParam != "", placed},
		{"cursor", o.Cursor != "", []string{kindCursor}},
		{"cursor_header", o.CursorHeader != "", []string{kindCursor}},
		{"first_page", o.FirstPage != 1, []string{kindPage}},
		{"is_last", o.IsLast != "", judged},
		{"last_page", o.LastPage != "", []string{kindPage}},
		{"next", o.Next != "", []string{kindNextURL}},
		{"page_size", o.PageSize != 0, paged},
		{"param", o.Param != "", append([]string{kindKeyset}, placed...)},
		{"size_body_param", o.SizeBodyParam != "", paged},
		{"size_param", o.SizeParam != "", paged},
	}
}

// checkPagination refuses combinations that contradict each other.
func (o *options) checkPagination(p *problems) {
	page := &o.Pagination
	switch page.Kind {
	case kindNone, kindLink, kindNextURL, kindCursor, kindKeyset, kindOffset, kindPage:
	case "is_last":
		p.addf("pagination.kind: is_last is an option, not a kind; " +
			"write kind: offset, page or cursor, and is_last: with an expression beside it")
		return
	default:
		p.addf("pagination.kind: %q is not known here; write none, link, next_url, cursor, keyset, offset or page", page.Kind)
		return
	}
	p.choices("pagination", page.Kind, page.choices())
	if o.Method == http.MethodPost && (page.Kind == kindLink || page.Kind == kindNextURL) {
		p.addf("pagination.kind: an address is followed by GET; write another kind, or remove method: POST")
	}
	page.checkWay(p)
	page.checkSigns(p)
	page.checkSize(p)
	o.checkSlots(p)
}

// checkWay demands what each kind cannot do without, and fills in what is usual.
func (o *paginationOptions) checkWay(p *problems) {
	switch {
	case o.Kind == kindNextURL && o.Next == "":
		p.addf("pagination.next: missing; write where the answer has the next address, e.g. .links.next")
	case o.Kind == kindCursor && (o.Cursor == "") == (o.CursorHeader == ""):
		p.addf("pagination.cursor: write either cursor, with where the answer has it, or cursor_header, with the header that has it")
	}
	if o.Param == "" && o.BodyParam == "" {
		switch o.Kind {
		case kindOffset, kindPage:
			o.Param = o.Kind
		case kindCursor:
			p.addf("pagination.param: missing; write the query parameter that takes the cursor, or body_param for a member of the body")
		case kindKeyset:
			p.addf("pagination.param: missing; write the query parameter that takes the last id, e.g. after")
		}
	}
}

// checkSigns refuses a second sign beside a better one.
func (o *paginationOptions) checkSigns(p *problems) {
	if o.Total != "" && o.TotalHeader != "" {
		p.addf("pagination.total_header: total is given as well; remove one of them")
	}
	if o.LastPage != "" && o.IsLast != "" {
		p.addf("pagination.last_page: is_last is given as well; remove one of them")
	}
	if o.FirstPage != 0 && o.FirstPage != 1 {
		p.addf("pagination.first_page: write 0 or 1")
	}
	for _, header := range [][2]string{{"cursor_header", o.CursorHeader}, {"total_header", o.TotalHeader}} {
		if header[1] != "" && !isToken(header[1]) {
			p.addf("pagination.%s: %q is no name of a header; write one like X-Total-Count", header[0], header[1])
		}
	}
}

// checkSize refuses a page size that nobody is told, and the reverse.
func (o *paginationOptions) checkSize(p *problems) {
	if o.PageSize < 0 || o.PageSize > 1_000_000 {
		p.addf("pagination.page_size: write a number from 1 to 1000000")
	}
	hasSlot := o.SizeParam != "" || o.SizeBodyParam != ""
	switch {
	case o.PageSize != 0 && !hasSlot:
		p.addf("pagination.size_param: missing; " +
			"write the query parameter that takes page_size, e.g. limit, or size_body_param for a member of the body")
	case o.PageSize == 0 && hasSlot:
		p.addf("pagination.page_size: missing; write how many records a page shall have, e.g. 100")
	}
}

// checkSlots refuses places that a request does not have, or has twice.
func (o *options) checkSlots(p *problems) {
	page := &o.Pagination
	for _, pair := range [][4]string{
		{"param", page.Param, "body_param", page.BodyParam},
		{"size_param", page.SizeParam, "size_body_param", page.SizeBodyParam},
	} {
		if pair[1] != "" && pair[3] != "" {
			p.addf("pagination.%s: %s is given as well; remove one of them", pair[2], pair[0])
		}
		if _, taken := o.Query[pair[1]]; taken && pair[1] != "" {
			p.addf("query.%s: pagination sets this parameter; remove it here", pair[1])
		}
		if problem := o.memberProblem(pair[3]); problem != "" {
			p.addf("pagination.%s: %s", pair[2], problem)
		}
	}
	if page.Param != "" && page.Param == page.SizeParam {
		p.addf("pagination.size_param: param has the same name; they are two parameters")
	}
	if page.BodyParam != "" && page.BodyParam == page.SizeBodyParam {
		p.addf("pagination.size_body_param: body_param has the same name; they are two members")
	}
}

// memberProblem says why a member of the body cannot be set.
func (o *options) memberProblem(path string) string {
	if path == "" {
		return ""
	}
	if o.Method != http.MethodPost {
		return "a GET request has no body; write method: POST, or a query parameter"
	}
	at := o.Body
	steps := strings.Split(path, ".")
	for i, step := range steps {
		inner, isObject := at[step].(map[string]any)
		switch {
		case step == "":
			return "write names joined by single dots, e.g. variables.after"
		case i < len(steps)-1 && at[step] != nil && !isObject:
			return strings.Join(steps[:i+1], ".") + " of the body is no object; write another member, or change body"
		}
		at = inner
	}
	return ""
}
