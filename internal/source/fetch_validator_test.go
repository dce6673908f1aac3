package source_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"holdfast/internal/source"
)

// confirms is a service whose answers have an ETag, each address one of its own
// unless the test says otherwise.
func confirms(t *testing.T, etag func(r *http.Request) string) *source.Client {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/list?to=x", http.StatusMovedPermanently)
			return
		}
		tag := etag(r)
		w.Header().Set("ETag", tag)
		w.Header().Set("X-Sent", r.Header.Get("If-None-Match"))
		if tag != "" && r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		answer(w, http.StatusOK, "application/json", "[]")
	})
}

func do(t *testing.T, client *source.Client, r source.Request) *source.Response {
	t.Helper()
	res, err := client.Do(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestValidatorIsConfirmedForTheSameRequestAlone(t *testing.T) {
	t.Parallel()
	client := confirms(t, func(*http.Request) string { return `W/"abc"` })
	first := do(t, client, source.Request{Ref: "/list?page=1"})
	validator := first.Validator()
	if validator == "" || first.NotModified() {
		t.Fatalf("validator %q, not modified: %t", validator, first.NotModified())
	}
	again := do(t, client, source.Request{Ref: "/list", Query: map[string][]string{"page": {"1"}}, Validator: validator})
	if !again.NotModified() || len(again.Body) > 0 || again.Validator() != "" {
		t.Errorf("the same request: %d, validator %q", again.Status, again.Validator())
	}
	for name, r := range map[string]source.Request{
		"another page":  {Ref: "/list?page=2", Validator: validator},
		"another path":  {Ref: "/lists?page=1", Validator: validator},
		"another verb":  {Method: http.MethodPost, Ref: "/list?page=1", Validator: validator},
		"an ETag alone": {Ref: "/list?page=1", Validator: `W/"abc"`},
		"none":          {Ref: "/list?page=1"},
		"a line break":  {Ref: "/list?page=1", Validator: strings.Replace(validator, "abc", "a\r\nX: b", 1)},
	} {
		if res := do(t, client, r); res.NotModified() || res.Header.Get("X-Sent") != "" {
			t.Errorf("%s: %d, If-None-Match %q was sent", name, res.Status, res.Header.Get("X-Sent"))
		}
	}
}

// TestRedirectedAnswersHaveNoValidator: where a redirect leads may change.
func TestRedirectedAnswersHaveNoValidator(t *testing.T) {
	t.Parallel()
	client := confirms(t, func(*http.Request) string { return `"abc"` })
	if validator := do(t, client, source.Request{Ref: "/moved"}).Validator(); validator != "" {
		t.Errorf("got %q", validator)
	}
	// An address that was not redirected when it was asked before.
	redirects := false
	client = serve(t, func(w http.ResponseWriter, r *http.Request) {
		if redirects && r.URL.Path == "/list" {
			http.Redirect(w, r, "/other", http.StatusMovedPermanently)
			return
		}
		w.Header().Set("ETag", `"abc"`)
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		answer(w, http.StatusOK, "application/json", "[]")
	})
	validator := do(t, client, source.Request{Ref: "/list"}).Validator()
	redirects = true
	if res := do(t, client, source.Request{Ref: "/list", Validator: validator}); validator == "" || res.NotModified() {
		t.Errorf("validator %q was sent to where a redirect led", validator)
	}
}

func TestUselessETagsAreNoValidators(t *testing.T) {
	t.Parallel()
	for name, etag := range map[string]string{
		"none": "", "unquoted": "abc", "half": `"abc`, "quote within": `"a"c"`, "space": `"a c"`,
		"endless": `"` + strings.Repeat("x", 300) + `"`, "the credential": `"` + token + `"`,
	} {
		client := confirms(t, func(*http.Request) string { return etag })
		if validator := do(t, client, source.Request{Ref: "/list"}).Validator(); validator != "" {
			t.Errorf("%s: got %q", name, validator)
		}
	}
}

// TestNotModifiedThatWasNotAskedFor is an answer that nobody can use.
func TestNotModifiedThatWasNotAskedFor(t *testing.T) {
	t.Parallel()
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })
	_, err := client.Do(t.Context(), source.Request{Ref: "/list"})
	if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Contract {
		t.Errorf("got %v, want a contract error", err)
	}
}
