package sampleforge

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// listing answers with one page of the projects of the chosen namespaces.
func (f *Forge) listing(r *http.Request, keysetAllowed bool, chosen func(namespace int) bool) *answer {
	q, refusal := parseQuery(r.URL.Query(), keysetAllowed)
	if refusal != nil {
		return refusal
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	v := f.view(chosen).within(f.numberAfter(q.after), f.numberAfter(max(q.before, 1)-1))
	numbers := q.pick(v)
	reply := jsonAnswer(http.StatusOK, "")
	reply.isPage = true
	reply.body = f.appendPage(make([]byte, 0, len(numbers)*1536+2), numbers)
	if q.keyset {
		f.keysetHeaders(reply, r, q, numbers)
	} else {
		f.offsetHeaders(reply, r, q, v.len())
	}
	f.counts.served(len(numbers))
	return reply
}

// pick returns the numbers of the projects on the page.
func (q *query) pick(v view) []int {
	from := 0
	if !q.keyset {
		from = (q.page - 1) * q.perPage
	}
	if !q.descending {
		return v.slice(from, from+q.perPage)
	}
	end := v.len() - from
	numbers := v.slice(max(0, end-q.perPage), max(0, end))
	slices.Reverse(numbers)
	return numbers
}

func (f *Forge) appendPage(dst []byte, numbers []int) []byte {
	dst = append(dst, '[')
	for i, number := range numbers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = f.appendProject(dst, f.project(number))
	}
	return append(dst, ']')
}

// keysetHeaders names the next page, if this one is not empty: GitLab does not
// look ahead, so the last page with rows has a link to an empty one.
func (f *Forge) keysetHeaders(reply *answer, r *http.Request, q *query, numbers []int) {
	if len(numbers) == 0 {
		return
	}
	last := strconv.FormatInt(f.id(numbers[len(numbers)-1]), 10)
	parameter := "id_after"
	if q.descending {
		parameter = "id_before"
	}
	reply.header.Set("Link", f.link(r, "next", parameter, last))
}

func (f *Forge) offsetHeaders(reply *answer, r *http.Request, q *query, total int) {
	pages := max(1, (total+q.perPage-1)/q.perPage)
	links := []string{f.link(r, "first", "page", "1")}
	next, previous := "", ""
	if q.page < pages {
		next = strconv.Itoa(q.page + 1)
		links = append(links, f.link(r, "next", "page", next))
	}
	if q.page > 1 {
		previous = strconv.Itoa(q.page - 1)
		links = append(links, f.link(r, "prev", "page", previous))
	}
	if total <= maxTotal {
		reply.header.Set("X-Total", strconv.Itoa(total))
		reply.header.Set("X-Total-Pages", strconv.Itoa(pages))
		links = append(links, f.link(r, "last", "page", strconv.Itoa(pages)))
	}
	reply.header.Set("X-Page", strconv.Itoa(q.page))
	reply.header.Set("X-Per-Page", strconv.Itoa(q.perPage))
	reply.header.Set("X-Next-Page", next)
	reply.header.Set("X-Prev-Page", previous)
	reply.header.Set("Link", strings.Join(links, ", "))
}

// link writes one element of a Link header: the request's own address with one
// parameter changed.
func (f *Forge) link(r *http.Request, rel, parameter, value string) string {
	base := f.linkURL
	if base == "" {
		base = "http://" + r.Host
	}
	values := r.URL.Query()
	values.Set(parameter, value)
	address := base + r.URL.EscapedPath() + "?" + values.Encode()
	return "<" + address + `>; rel="` + rel + `"`
}
