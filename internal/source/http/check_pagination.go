package httpapi

import (
	"maps"
	"slices"
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

// paginationKinds lists the options that each kind takes.
func paginationKinds() map[string][]string {
	size := []string{"page_size", "size_param", "size_body_param"}
	total := []string{"total", "total_header"}
	return map[string][]string{
		kindNone:    total,
		kindLink:    slices.Concat(size, total),
		kindNextURL: slices.Concat(size, total, []string{"next", "is_last"}),
		kindCursor:  slices.Concat(size, total, []string{"cursor", "cursor_header", "param", "body_param", "is_last"}),
		kindKeyset:  slices.Concat(size, total, []string{"param", "is_last"}),
		kindOffset:  slices.Concat(size, total, []string{"param", "body_param", "is_last"}),
		kindPage:    slices.Concat(size, total, []string{"param", "body_param", "first_page", "last_page", "is_last"}),
	}
}

// given lists the options that are set.
func (o *paginationOptions) given() []string {
	set := map[string]bool{
		"next": o.Next != "", "cursor": o.Cursor != "", "cursor_header": o.CursorHeader != "",
		"param": o.Param != "", "body_param": o.BodyParam != "", "first_page": o.FirstPage != 1,
		"page_size": o.PageSize != 0, "size_param": o.SizeParam != "", "size_body_param": o.SizeBodyParam != "",
		"total": o.Total != "", "total_header": o.TotalHeader != "", "last_page": o.LastPage != "", "is_last": o.IsLast != "",
	}
	maps.DeleteFunc(set, func(_ string, isSet bool) bool { return !isSet })
	return slices.Sorted(maps.Keys(set))
}

// checkPagination refuses combinations that contradict each other.
func (o *options) checkPagination(p *problems) {
	page := &o.Pagination
	kinds := paginationKinds()
	takes, known := kinds[page.Kind]
	switch {
	case page.Kind == "is_last":
		p.add("pagination.kind: is_last is an option, not a kind; write kind: offset, page or cursor, and is_last: with an expression beside it")
		return
	case !known:
		p.add("pagination.kind: %q is not known here; write none, link, next_url, cursor, keyset, offset or page", page.Kind)
		return
	}
	for _, key := range page.given() {
		if !slices.Contains(takes, key) {
			p.add("pagination.%s: kind %s takes none; remove it, or write kind: %s", key, page.Kind, strings.Join(kindsWith(kinds, key), ", "))
		}
	}
	if o.Method == "POST" && (page.Kind == kindLink || page.Kind == kindNextURL) {
		p.add("pagination.kind: an address is followed by GET; write another kind, or remove method: POST")
	}
	page.checkWay(p)
	page.checkSigns(p)
	o.checkSlots(p)
}

// kindsWith lists the kinds that take an option.
func kindsWith(kinds map[string][]string, key string) []string {
	var with []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if slices.Contains(kinds[kind], key) {
			with = append(with, kind)
		}
	}
	return with
}

// checkWay demands what each kind cannot do without, and fills in what is usual.
func (o *paginationOptions) checkWay(p *problems) {
	switch {
	case o.Kind == kindNextURL && o.Next == "":
		p.add("pagination.next: missing; write where the answer has the next address, e.g. .links.next")
	case o.Kind == kindCursor && (o.Cursor == "") == (o.CursorHeader == ""):
		p.add("pagination.cursor: write either cursor, with where the answer has it, or cursor_header, with the header that has it")
	}
	if o.Param == "" && o.BodyParam == "" {
		switch o.Kind {
		case kindOffset, kindPage:
			o.Param = o.Kind
		case kindCursor:
			p.add("pagination.param: missing; write the query parameter that takes the cursor, or body_param for a member of the body")
		case kindKeyset:
			p.add("pagination.param: missing; write the query parameter that takes the last id, e.g. after")
		}
	}
}

// checkSigns refuses a second sign beside a better one.
func (o *paginationOptions) checkSigns(p *problems) {
	if o.Total != "" && o.TotalHeader != "" {
		p.add("pagination.total_header: total is given as well; remove one of them")
	}
	if o.LastPage != "" && o.IsLast != "" {
		p.add("pagination.last_page: is_last is given as well; remove one of them")
	}
	if o.FirstPage != 0 && o.FirstPage != 1 {
		p.add("pagination.first_page: write 0 or 1")
	}
	if o.PageSize < 0 || o.PageSize > 1_000_000 {
		p.add("pagination.page_size: write a number from 1 to 1000000")
	}
	hasSlot := o.SizeParam != "" || o.SizeBodyParam != ""
	switch {
	case o.PageSize != 0 && !hasSlot:
		p.add("pagination.size_param: missing; write the query parameter that takes page_size, e.g. limit, or size_body_param for a member of the body")
	case o.PageSize == 0 && hasSlot:
		p.add("pagination.page_size: missing; write how many records a page shall have, e.g. 100")
	}
	for _, header := range [][2]string{{"cursor_header", o.CursorHeader}, {"total_header", o.TotalHeader}} {
		if header[1] != "" && !isToken(header[1]) {
			p.add("pagination.%s: %q is no name of a header; write one like X-Total-Count", header[0], header[1])
		}
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
			p.add("pagination.%s: %s is given as well; remove one of them", pair[2], pair[0])
		}
		if _, taken := o.Query[pair[1]]; taken && pair[1] != "" {
			p.add("query.%s: pagination sets this parameter; remove it here", pair[1])
		}
		if problem := o.memberProblem(pair[3]); problem != "" {
			p.add("pagination.%s: %s", pair[2], problem)
		}
	}
	if page.Param != "" && page.Param == page.SizeParam {
		p.add("pagination.size_param: param has the same name; they are two parameters")
	}
	if page.BodyParam != "" && page.BodyParam == page.SizeBodyParam {
		p.add("pagination.size_body_param: body_param has the same name; they are two members")
	}
}

// memberProblem says why a member of the body cannot be set.
func (o *options) memberProblem(path string) string {
	if path == "" {
		return ""
	}
	if o.Method != "POST" {
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
