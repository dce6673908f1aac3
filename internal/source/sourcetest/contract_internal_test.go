package sourcetest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

const description = `{
	"openapi": "3.0.0", "info": {"title": "Forge", "version": "1"},
	"paths": {"/orgs/{org}/repos": {"get": {
		"parameters": [
			{"name": "org", "in": "path", "required": true, "schema": {"type": "string"}},
			{"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1}}
		],
		"responses": {"200": {"description": "x", "content": {"application/json": {"schema":
			{"type": "array", "items": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}}}}}}
	}}}
}`

func TestContractFindsWhatIsNotTheVendors(t *testing.T) {
	t.Parallel()
	doc, err := describe([]byte(description))
	if err != nil {
		t.Fatal(err)
	}
	c := Contract{
		Descriptions: []*openapi3.T{doc}, Prefix: "/api", Elsewhere: []string{"/api/user"}, Undescribed: []string{"secret_flag"},
	}
	for _, tc := range []struct{ method, address, answer, want string }{
		{"GET", "/api/orgs/acme/repos?page=2&secret_flag=1", `[{"id":1}]`, ""},
		{"GET", "/api/user?x=1", `none of it is described`, ""},
		{"GET", "/api/orgs/acme/repos?pages=2", `[]`, "pages is no parameter"},
		{"GET", "/api/orgs/acme/repos?page=0", `[]`, "minimum"},
		{"GET", "/api/orgs/acme/repos?page=two", `[]`, "page"},
		{"GET", "/api/orgs/acme/repos", `[{"name":"x"}]`, "the fake's own answer"},
		{"GET", "/api/orgs/acme/sub/repos", `[]`, "not in the description"},
		{"GET", "/orgs/acme/repos", `[]`, "not in the description"},
		{"POST", "/api/orgs/acme/repos", `[]`, "not in the description"},
	} {
		answer := httptest.NewRecorder()
		answer.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(answer, tc.answer)
		err := c.check(httptest.NewRequestWithContext(t.Context(), tc.method, tc.address, http.NoBody), answer)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s %s: got %v, want %q", tc.method, tc.address, err, tc.want)
		}
	}
}

func TestDescriptionsOfVersion2(t *testing.T) {
	t.Parallel()
	doc, err := describe([]byte(`{"swagger": "2.0", "info": {"title": "Forge", "version": "1"}, "paths": {"/repos": {"get": {"responses": {}}}}}`))
	if err != nil || doc.Paths.Value("/repos") == nil {
		t.Errorf("%+v, %v", doc, err)
	}
}
