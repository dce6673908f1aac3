package httpapi_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBadOptions checks each message whole: it is all that a person has to go by.
func TestBadOptions(t *testing.T) {
	t.Parallel()
	kindsOf := " takes none; remove it, or write kind: "
	tests := map[string]struct {
		yaml string
		want []string
	}{
		"unknown method":    {"method: PUT", []string{`method: "PUT" is not known here; write GET or POST`}},
		"body with GET":     {"body: {a: 1}", []string{"body: a GET request has none; remove it, or write method: POST"}},
		"POST without body": {"method: POST", []string{"body: missing; write what POST shall send as keys and values, or body: {}"}},
		"relative path":     {"path: api/projects", []string{`path: "api/projects" does not begin with one slash; write the part after url, e.g. /api/v1/projects`}},
		"another host":      {"path: //evil.example/x", []string{`path: "//evil.example/x" does not begin with one slash; write the part after url, e.g. /api/v1/projects`}},
		"path with a query": {"path: /projects?page=1", []string{"path: it has a query or fragment (? or #); write only what is before it, and parameters under query"}},
		"path that climbs":  {"path: /a/../b", []string{"path: it climbs up with ..; write it without"}},
		"path with a percent": {"path: /100%", []string{
			`path: "/100%" is not a path of an address; write % as %25, and escape what is not plain`,
		}},
		"nameless parameter": {`query: {"": x}`, []string{"query: a parameter has no name; write one before the value"}},
		"header's name":      {`headers: {"a b": x}`, []string{`headers: "a b" is no name of a header; write one like X-Api-Key`}},
		"header of ours":     {"headers: {host: x}", []string{"headers: host is set by the client itself; remove it"}},
		"header's value": {"headers: {X-Key: é}", []string{
			"headers: the value of X-Key holds a line break or another character that no header can carry; check how it was copied",
		}},
		"header that auth sets": {"headers: {x-key: a}\nauth: {kind: header, header: X-Key, value: b}", []string{
			"headers: x-key is set by auth as well; remove one of them",
		}},
		"auth without a kind":   {"auth: {token: x}", []string{"auth.kind: missing; write bearer, basic or header"}},
		"unknown auth":          {"auth: {kind: oauth}", []string{`auth.kind: "oauth" is not known here; write none, bearer, basic or header`}},
		"bearer without token":  {"auth: {kind: bearer}", []string{"auth.token: missing; kind bearer needs it"}},
		"basic with token":      {"auth: {kind: basic, user: u, token: x}", []string{"auth.token: kind basic takes none; remove it, or write kind: bearer"}},
		"header auth, half":     {"auth: {kind: header, value: x}", []string{"auth.header: missing; kind header needs it"}},
		"none with a token":     {"auth: {kind: none, token: x}", []string{"auth.token: kind none takes none; remove it, or write kind: bearer"}},
		"user with a colon":     {"auth: {kind: basic, user: 'u:p'}", []string{"auth.user: it holds a colon, which basic auth cannot carry; write only the user"}},
		"jq that does not read": {"items: .data[", []string{`items: ".data[" is neither a path nor a jq expression (unexpected EOF at character 6): write a path like data.items, or jq with a dot before each name, e.g. .archived | not`}},
		"jq without the dot":    {"id: id + 1", []string{`id: "id + 1" is neither a path nor a jq expression (function not defined: id/0): write a path like data.items, or jq with a dot before each name, e.g. .archived | not`}},
		"jq with a module":      {`id: 'import "a" as a; .id'`, []string{`id: "import \"a\" as a; .id" is neither a path nor a jq expression (modules cannot be used): write a path like data.items, or jq with a dot before each name, e.g. .archived | not`}},
		"unknown column":        {"fields: {star: .x}", []string{"fields.star: there is no such column; write one of name, full_path, description, web_url, visibility, archived, default_branch, owner, topics, language, license, stars, forks, created_at, updated_at, last_activity_at"}},
		"empty column":          {`fields: {stars: ""}`, []string{"fields.stars: it is empty; write where a record has it, e.g. .name, or remove it"}},
		"unknown pagination":    {"pagination: {kind: pages}", []string{`pagination.kind: "pages" is not known here; write none, link, next_url, cursor, keyset, offset or page`}},
		"is_last as a kind":     {"pagination: {kind: is_last}", []string{"pagination.kind: is_last is an option, not a kind; write kind: offset, page or cursor, and is_last: with an expression beside it"}},
		"next with link":        {"pagination: {kind: link, next: .next}", []string{"pagination.next: kind link" + kindsOf + "next_url"}},
		"size without pages":    {"pagination: {page_size: 5, size_param: n}", []string{"pagination.page_size: kind none" + kindsOf + "link, next_url, keyset, cursor, offset, page", "pagination.size_param: kind none" + kindsOf + "link, next_url, keyset, cursor, offset, page"}},
		"body of a keyset":      {"method: POST\nbody: {}\npagination: {kind: keyset, param: a, body_param: b}", []string{"pagination.body_param: kind keyset" + kindsOf + "cursor, offset, page", "pagination.body_param: param is given as well; remove one of them"}},
		"first page of offset":  {"pagination: {kind: offset, first_page: 0}", []string{"pagination.first_page: kind offset" + kindsOf + "page"}},
		"POST with link":        {"method: POST\nbody: {}\npagination: {kind: link}", []string{"pagination.kind: an address is followed by GET; write another kind, or remove method: POST"}},
		"next_url without next": {"pagination: {kind: next_url}", []string{"pagination.next: missing; write where the answer has the next address, e.g. .links.next"}},
		"cursor from nowhere":   {"pagination: {kind: cursor, param: c}", []string{"pagination.cursor: write either cursor, with where the answer has it, or cursor_header, with the header that has it"}},
		"cursor to nowhere":     {"pagination: {kind: cursor, cursor: .c}", []string{"pagination.param: missing; write the query parameter that takes the cursor, or body_param for a member of the body"}},
		"keyset to nowhere":     {"pagination: {kind: keyset}", []string{"pagination.param: missing; write the query parameter that takes the last id, e.g. after"}},
		"two totals":            {"pagination: {kind: offset, total: .t, total_header: X-T}", []string{"pagination.total_header: total is given as well; remove one of them"}},
		"two ends":              {"pagination: {kind: page, last_page: .l, is_last: .e}", []string{"pagination.last_page: is_last is given as well; remove one of them"}},
		"odd first page":        {"pagination: {kind: page, first_page: 2}", []string{"pagination.first_page: write 0 or 1"}},
		"negative size":         {"pagination: {kind: page, page_size: -1, size_param: n}", []string{"pagination.page_size: write a number from 1 to 1000000"}},
		"size to nowhere":       {"pagination: {kind: page, page_size: 5}", []string{"pagination.size_param: missing; write the query parameter that takes page_size, e.g. limit, or size_body_param for a member of the body"}},
		"size without a number": {"pagination: {kind: page, size_param: limit}", []string{"pagination.page_size: missing; write how many records a page shall have, e.g. 100"}},
		"name of a header":      {"pagination: {kind: page, total_header: 'a b'}", []string{`pagination.total_header: "a b" is no name of a header; write one like X-Total-Count`}},
		"parameter set twice":   {"query: {offset: 5}\npagination: {kind: offset}", []string{"query.offset: pagination sets this parameter; remove it here"}},
		"one parameter for two": {"pagination: {kind: page, param: p, size_param: p, page_size: 5}", []string{"pagination.size_param: param has the same name; they are two parameters"}},
		"one member for two":    {"method: POST\nbody: {}\npagination: {kind: page, body_param: p, size_body_param: p, page_size: 5}", []string{"pagination.size_body_param: body_param has the same name; they are two members"}},
		"member without a body": {"pagination: {kind: page, body_param: p}", []string{"pagination.body_param: a GET request has no body; write method: POST, or a query parameter"}},
		"member of a text":      {"method: POST\nbody: {variables: x}\npagination: {kind: page, body_param: variables.page}", []string{"pagination.body_param: variables of the body is no object; write another member, or change body"}},
		"member without a name": {"method: POST\nbody: {}\npagination: {kind: page, body_param: a..b}", []string{"pagination.body_param: write names joined by single dots, e.g. variables.after"}},
		"symptom of nothing":    {"expired: {status: 400}", []string{"expired: write either body, with a part of the answer's text, or jq, with an expression that is true of it"}},
		"symptom's status":      {"expired: {status: 40, body: x}", []string{"expired.status: write the status of the answer, from 200 to 599"}},
		"symptom in records":    {"rate_limited: {status: 200, body: x}", []string{"rate_limited.body: a record may hold the same text; write jq for an answer with status 200"}},
		"everything at once": {"method: PUT\nid: '['\nauth: {kind: bearer}", []string{
			`method: "PUT" is not known here; write GET or POST`,
			"auth.token: missing; kind bearer needs it",
			`id: "[" is neither a path nor a jq expression (unexpected EOF at character 1): write a path like data.items, or jq with a dot before each name, e.g. .archived | not`,
		}},
		"no url":      {"url: ''", []string{"url is missing: write the service's address, e.g. https://forge.example.com"}},
		"unknown key": {"itms: x", []string{`holdfast.yaml:2:1: unknown key "itms"; did you mean "items"?`}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			yaml := "url: https://api.example.com\n" + tc.yaml
			if strings.HasPrefix(tc.yaml, "url") {
				yaml = "path: /x\n" + tc.yaml
				yaml = strings.Replace(yaml, "url: ''", "max_body: 1MiB", 1)
			}
			_, err := open(t, yaml)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tc.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
		})
	}
}
