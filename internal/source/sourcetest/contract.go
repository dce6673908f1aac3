package sourcetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/tidwall/gjson"
)

// Contract is a vendor's own description of its API. What a source asks and
// what its fake answers are both held against it.
type Contract struct {
	// Descriptions are slices of the vendor's OpenAPI; see [Describe].
	Descriptions []*openapi3.T
	// Prefix is what stands before the described paths.
	Prefix string
	// Undescribed are query parameters that the service knows and the
	// description leaves out, and Elsewhere are paths of which the same is
	// true: the fake has to check those by itself.
	Undescribed, Elsewhere []string
	// Answer takes what is described out of a body, where that is not all of
	// it. It may be nil.
	Answer func(body []byte) []byte
}

// Describe reads slices of a vendor's OpenAPI, of version 2 or 3, or skips the
// test where they are not; see [Shared].
func Describe(t *testing.T, names ...string) []*openapi3.T {
	t.Helper()
	docs := make([]*openapi3.T, len(names))
	for i, name := range names {
		var err error
		if docs[i], err = describe(Shared(t, name)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return docs
}

func describe(text []byte) (*openapi3.T, error) {
	if !gjson.GetBytes(text, "swagger").Exists() {
		return openapi3.NewLoader().LoadFromData(text)
	}
	var old openapi2.T
	if err := old.UnmarshalJSON(text); err != nil {
		return nil, err
	}
	return openapi2conv.ToV3(&old)
}

// Around returns a handler that lets a fake answer, and fails the test where
// the request or the answer is none of the vendor's.
func (c *Contract) Around(t *testing.T, fake http.Handler) http.Handler {
	t.Helper()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		fake.ServeHTTP(answer, r)
		if err := c.check(r, answer); err != nil {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

// check holds one request and its answer against the description.
func (c *Contract) check(r *http.Request, answer *httptest.ResponseRecorder) error {
	input := c.route(r)
	switch {
	case input == nil && slices.Contains(c.Elsewhere, r.URL.Path):
		return nil
	case input == nil:
		return errors.New("this is not in the description")
	}
	body := answer.Body.Bytes()
	if c.Answer != nil {
		body = c.Answer(body)
	}
	errAnswer := openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.Code, Header: answer.Header(), Body: io.NopCloser(bytes.NewReader(body)),
	})
	if errAnswer != nil {
		errAnswer = fmt.Errorf("the fake's own answer is none of the vendor's: %w", errAnswer)
	}
	return errors.Join(openapi3filter.ValidateRequest(r.Context(), input), c.unknown(input), errAnswer)
}

// unknown finds query parameters that are not described, which the filter of
// requests lets pass.
func (c *Contract) unknown(input *openapi3filter.RequestValidationInput) error {
	known := slices.Clone(c.Undescribed)
	for _, parameter := range slices.Concat(input.Route.PathItem.Parameters, input.Route.Operation.Parameters) {
		if parameter.Value.In == openapi3.ParameterInQuery {
			known = append(known, parameter.Value.Name)
		}
	}
	return onlyKnown(input.Request.URL, known)
}

// route finds what the description says of a request, or nil.
func (c *Contract) route(r *http.Request) *openapi3filter.RequestValidationInput {
	path, found := strings.CutPrefix(r.URL.Path, c.Prefix)
	if !found {
		return nil
	}
	for _, doc := range c.Descriptions {
		for template, item := range doc.Paths.Map() {
			parameters, matches := match(template, path)
			operation := item.GetOperation(r.Method)
			if !matches || operation == nil {
				continue
			}
			return &openapi3filter.RequestValidationInput{
				Request: r, PathParams: parameters,
				Route:   &routers.Route{Spec: doc, Path: template, PathItem: item, Method: r.Method, Operation: operation},
				Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
			}
		}
	}
	return nil
}

// match reads the parameters of a path as a template like /orgs/{org}/repos
// has them.
func match(template, path string) (parameters map[string]string, ok bool) {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	parameters = map[string]string{}
	for i, segment := range want {
		if name, isParameter := strings.CutPrefix(segment, "{"); isParameter {
			parameters[strings.TrimSuffix(name, "}")] = got[i]
		} else if segment != got[i] {
			return nil, false
		}
	}
	return parameters, true
}
