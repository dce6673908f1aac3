package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"holdfast/internal/openapi"
)

// contract is openapi.yaml, ready to be compared with answers.
type contract struct {
	doc    *openapi3.T
	router routers.Router
}

// loadContract reads the document once for all tests.
var loadContract = sync.OnceValues(func() (contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData([]byte(openapi.Document()))
	if err != nil {
		return contract{}, err
	}
	doc.Servers = nil // the test's server is on another port
	router, err := gorillamux.NewRouter(doc)
	return contract{doc: doc, router: router}, err
})

// checkContract fails the test unless openapi.yaml has such an answer to such a
// request: status, headers, body. Paths that it does not have are answered with
// problems.
func checkContract(tb testing.TB, request *http.Request, response *http.Response, body []byte) {
	tb.Helper()
	if err := contractError(tb, request, response, body); err != nil {
		tb.Errorf("%s %s breaks the contract: %v\n%s", request.Method, request.URL, err, body)
	}
	if response.Header.Get("X-Request-ID") == "" || response.Header.Get("X-Content-Type-Options") != "nosniff" {
		tb.Errorf("%s %s: headers that every answer has are missing: %v", request.Method, request.URL, response.Header)
	}
	if response.StatusCode >= http.StatusBadRequest && request.Method != http.MethodHead {
		checkProblem(tb, request, response, body)
	}
}

func contractError(tb testing.TB, request *http.Request, response *http.Response, body []byte) error {
	tb.Helper()
	c, err := loadContract()
	if err != nil {
		tb.Fatalf("load contract: %v", err)
	}
	route, params, err := c.router.FindRoute(request)
	if err != nil {
		return nil //nolint:nilerr // checkProblem says what is wrong with the answer
	}
	return openapi3filter.ValidateResponse(tb.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, PathParams: params, Route: route},
		Status:                 response.StatusCode,
		Header:                 response.Header,
		Body:                   io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{
			IncludeResponseStatus: true,
			ExcludeResponseBody:   strings.HasPrefix(response.Header.Get("Content-Type"), "application/yaml"),
		},
	})
}

// checkProblem fails the test unless the body is a whole problem document.
func checkProblem(tb testing.TB, request *http.Request, response *http.Response, body []byte) {
	tb.Helper()
	var p openapi.Problem
	if err := json.Unmarshal(body, &p); err != nil {
		tb.Fatalf("%s %s: not a problem: %v\n%s", request.Method, request.URL, err, body)
	}
	if got := response.Header.Get("Content-Type"); got != "application/problem+json" {
		tb.Errorf("%s %s: Content-Type %q", request.Method, request.URL, got)
	}
	if p.Status != response.StatusCode || p.Type != "urn:holdfast:problem:"+p.Code || p.Title == "" || p.Detail == "" ||
		p.Instance != request.URL.EscapedPath() || p.RequestID != response.Header.Get("X-Request-ID") {
		tb.Errorf("%s %s: incomplete problem: %s", request.Method, request.URL, body)
	}
	if after := response.Header.Get("Retry-After"); after != "" {
		if seconds, err := strconv.Atoi(after); err != nil || seconds < 1 {
			tb.Errorf("%s %s: Retry-After %q", request.Method, request.URL, after)
		}
	}
}

// TestContractCheckFails proves that the check above can fail.
func TestContractCheckFails(t *testing.T) {
	t.Parallel()
	request := &http.Request{Method: http.MethodGet, URL: mustURL(t, "http://localhost/api/v1/sources")}
	header := http.Header{"Content-Type": {"application/json"}}
	for name, body := range map[string]string{
		"missing property": `{}`,
		"extra property":   `{"sources":[],"more":1}`,
		"wrong type":       `{"sources":{}}`,
		"nested":           `{"sources":[{"name":"a"}]}`,
	} {
		response := &http.Response{StatusCode: http.StatusOK, Header: header}
		if contractError(t, request, response, []byte(body)) == nil {
			t.Errorf("%s: %s passed", name, body)
		}
	}
	if contractError(t, request, &http.Response{StatusCode: http.StatusOK, Header: header}, []byte(`{"sources":[]}`)) != nil {
		t.Error("a good answer was refused")
	}
}
