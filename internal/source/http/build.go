package httpapi

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// build checks the options and makes a source of them that has no client yet.
// Its error joins one for each problem.
func (o *options) build() (*httpSource, error) {
	var p problems
	if o.Pagination.Kind == "" {
		o.Pagination.Kind = kindNone
	}
	o.checkRequest(&p)
	o.checkAuth(&p)
	o.checkPagination(&p)
	s := &httpSource{
		template:    o.template(),
		items:       p.expression("items", orDefault(o.Items, ".")),
		itemsKey:    o.ItemsKey,
		id:          p.expression("id", orDefault(o.ID, "id")),
		fields:      o.fields(&p),
		pager:       o.Pagination.pager(&p),
		total:       p.expression("pagination.total", o.Pagination.Total),
		totalHeader: o.Pagination.TotalHeader,
		isLast:      p.expression("pagination.is_last", o.Pagination.IsLast),
		expired:     p.symptom("expired", o.Expired),
		rateLimited: p.symptom("rate_limited", o.RateLimited),
	}
	var err error
	if s.listing, err = fingerprint(o.URL, o.Path, o.Method, o.Query, o.Body, o.Items, o.ItemsKey, o.ID, o.Pagination); err != nil {
		p.addf("body: it cannot be written as JSON: %w", err)
	}
	rule, err := fingerprint(o.ID, o.Fields)
	if err != nil {
		p.addf("fields: %w", err)
	}
	s.version = "http/1 " + rule
	return s, p.err()
}

// fingerprint tells one set of options from another.
func fingerprint(options ...any) (string, error) {
	text, err := json.Marshal(options)
	return digest(text), err
}

// template is the request of every page, with the page size.
func (o *options) template() template {
	query := url.Values{}
	for name, value := range o.Query {
		query.Set(name, value)
	}
	t := template{method: o.Method, path: o.Path, query: query, body: o.Body}
	sized := t.fresh()
	slotOf(o.Pagination.SizeParam, o.Pagination.SizeBodyParam).put(&sized, strconv.AppendInt(nil, o.Pagination.PageSize, 10))
	t.query, t.body = sized.query, sized.body
	return t
}

// fields compiles the mapping. A project's name is usually called so.
func (o *options) fields(p *problems) []field {
	mapping := maps.Clone(o.Fields)
	if mapping == nil {
		mapping = map[string]string{}
	}
	if _, mapped := mapping["name"]; !mapped {
		mapping["name"] = "name"
	}
	var fields []field
	for _, column := range slices.Sorted(maps.Keys(mapping)) {
		switch {
		case !slices.Contains(columns(), column):
			p.addf("fields.%s: there is no such column; write one of %s", column, strings.Join(columns(), ", "))
		case mapping[column] == "":
			p.addf("fields.%s: it is empty; write where a record has it, e.g. .name, or remove it", column)
		default:
			fields = append(fields, field{column: column, value: p.expression("fields."+column, mapping[column])})
		}
	}
	return fields
}

// pager makes what knows the kind of pagination.
func (o *paginationOptions) pager(p *problems) pager {
	at := slotOf(o.Param, o.BodyParam)
	switch o.Kind {
	case kindLink:
		return linked{}
	case kindNextURL:
		return linked{address: p.expression("pagination.next", o.Next)}
	case kindCursor:
		return tokens{slot: at, token: p.expression("pagination.cursor", o.Cursor), header: o.CursorHeader}
	case kindKeyset:
		return tokens{slot: at}
	case kindOffset:
		return numbered{slot: at}
	case kindPage:
		return numbered{slot: at, pages: true, first: o.FirstPage, lastPage: p.expression("pagination.last_page", o.LastPage)}
	}
	return whole{}
}

// slotOf returns the place that one of two options names, if any.
func slotOf(param, member string) slot {
	if member != "" {
		return slot{member: strings.Split(member, ".")}
	}
	return slot{param: param}
}

func orDefault(text, standard string) string {
	if text == "" {
		return standard
	}
	return text
}
