package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"holdfast/internal/openapi"
)

// described is what openapi.yaml says about an operation, in our words.
type described struct {
	Method, Path string
	Role         Role
	Query        []string
}

// The table of routes and openapi.yaml are two accounts of one thing.
func TestRoutesAreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(openapi.Document()))
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	params := strings.NewReplacer("{id}", ":id", "{name}", ":name")
	want := map[string]described{}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			d := described{Method: method, Path: params.Replace(path), Role: roleOf(doc, operation)}
			for _, parameter := range operation.Parameters {
				if parameter.Value.In == "query" {
					d.Query = append(d.Query, parameter.Value.Name)
				}
			}
			slices.Sort(d.Query)
			want[operation.OperationID] = d
		}
	}
	got := map[string]described{}
	for _, r := range routes(&handlers{}) {
		slices.Sort(r.query)
		if len(r.query) == 0 {
			r.query = nil
		}
		got[r.operation] = described{Method: r.method, Path: r.path, Role: r.role, Query: r.query}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("openapi.yaml and routes.go differ (-document +table):\n%s", diff)
	}
	if got["StartSync"].Role != Operator || got["StartSync"].Method != http.MethodPost {
		t.Errorf("StartSync: %+v", got["StartSync"])
	}
}

// roleOf reads the security of an operation: none, any token, or an operator's.
func roleOf(doc *openapi3.T, operation *openapi3.Operation) Role {
	security := doc.Security
	if operation.Security != nil {
		security = *operation.Security
	}
	if len(security) == 0 {
		return ""
	}
	if slices.Contains(security[0]["token"], string(Operator)) {
		return Operator
	}
	return Reader
}
