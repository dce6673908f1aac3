package sampleforge

import (
	"math"
	"net/http"
	"net/url"
	"strconv"
)

// GitLab's limits.
const (
	defaultPerPage = 20
	maxPerPage     = 100
	// maxOffset is where the instance listing sends clients to keyset paging.
	maxOffset = 50_000
	// maxTotal is the largest total that is stated.
	maxTotal = 10_000
)

// query holds the parameters of a listing.
type query struct {
	keyset        bool
	descending    bool
	page, perPage int
	// after and before bound the ids, both exclusive.
	after, before int64
}

// parseQuery reads the parameters of a listing. The error is GitLab's answer.
func parseQuery(values url.Values, keysetAllowed bool) (*query, *answer) {
	q := &query{keyset: keysetAllowed && values.Get("pagination") == "keyset"}
	if refusal := q.parseOrder(values); refusal != nil {
		return q, refusal
	}
	if bad := q.parseNumbers(values); bad != "" {
		return q, invalid(bad + " is invalid")
	}
	if keysetAllowed && !q.keyset && q.page > maxOffset/q.perPage {
		return q, jsonAnswer(http.StatusMethodNotAllowed, `{"error":"Offset pagination has a maximum allowed offset of 50000 for requests `+
			`that return objects of type Project. Remaining records can be retrieved using keyset pagination."}`)
	}
	return q, nil
}

// parseOrder reads the order. GitLab lists the newest first unless told
// otherwise, and has keysets of ids alone.
func (q *query) parseOrder(values url.Values) *answer {
	switch values.Get("sort") {
	case "asc":
	case "", "desc":
		q.descending = true
	default:
		return invalid("sort does not have a valid value")
	}
	switch orderBy := values.Get("order_by"); {
	case q.keyset && orderBy != "id":
		return jsonAnswer(http.StatusMethodNotAllowed,
			`{"error":"Keyset pagination is not yet available for this type of request"}`)
	case orderBy != "" && orderBy != "id" && orderBy != "created_at":
		return invalid("order_by does not have a valid value")
	}
	return nil
}

// parseNumbers reads the numeric parameters and names the first bad one.
func (q *query) parseNumbers(values url.Values) (bad string) {
	var page, perPage int64 = 1, defaultPerPage
	q.before = math.MaxInt64
	for _, parameter := range []struct {
		name string
		into *int64
		low  int64
	}{{"page", &page, 1}, {"per_page", &perPage, 1}, {"id_after", &q.after, math.MinInt64}, {"id_before", &q.before, math.MinInt64}} {
		text := values.Get(parameter.name)
		if text == "" {
			continue
		}
		value, err := strconv.ParseInt(text, 10, 64)
		if err != nil || value < parameter.low {
			return parameter.name
		}
		*parameter.into = value
	}
	q.page, q.perPage = int(min(page, math.MaxInt32)), int(min(perPage, maxPerPage))
	return ""
}
