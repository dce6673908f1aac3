package openproject_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

// refused fails the test unless the error is one of configuration, has the
// code, and says the words.
func refused(t *testing.T, err error, code, words string) {
	t.Helper()
	e, ok := errors.AsType[*source.Error](err)
	if !ok || e.Kind != source.Configuration || e.Code != code || !strings.Contains(e.Message, words) {
		t.Errorf("got %+v, want %s with %q", err, code, words)
	}
}

func TestWrongToken(t *testing.T) {
	t.Parallel()
	f := numbered(t, 3)
	f.token = "another"
	for _, yaml := range []string{withToken, withToken + "token_type: bearer\n"} {
		s := service(t, f, yaml)
		_, err := list(t, s)
		refused(t, err, "unauthorized", "Access tokens")
		_, err = source.Check(t.Context(), s.New(t))
		refused(t, err, "unauthorized", "Access tokens")
	}
}

// TestOverlookedTokenIsNotAShortListing: where basic authentication is switched
// off, OpenProject lists public projects as it does to anyone.
func TestOverlookedTokenIsNotAShortListing(t *testing.T) {
	t.Parallel()
	f := numbered(t, 30)
	f.private[7], f.basicOff = true, true
	_, err := list(t, service(t, f, withToken))
	refused(t, err, "unauthorized", "apiv3_enable_basic_auth")
	// Without a token the public ones are what is wanted.
	if seen, err := list(t, service(t, f, "")); err != nil || len(seen) != 29 {
		t.Errorf("%d public projects came: %v", len(seen), err)
	}
}

// TestTokenOverlookedWhileListing: the listing must not come to an end.
func TestTokenOverlookedWhileListing(t *testing.T) {
	t.Parallel()
	f := numbered(t, 60)
	f.private[55] = true
	f.onPage = func(int) { f.basicOff = f.pages > 2 }
	seen, err := list(t, service(t, f, withToken+"per_page: 20\n"))
	refused(t, err, "unauthorized", "takes none of its type")
	if seen["55"] != 0 {
		t.Error("the fake shows private projects to anyone")
	}
}

func TestNothingIsPublic(t *testing.T) {
	t.Parallel()
	f := numbered(t, 3)
	f.loginRequired = true
	_, err := list(t, service(t, f, ""))
	refused(t, err, "unauthorized", "put one into")
}

func TestForbiddenAndWrongAddress(t *testing.T) {
	t.Parallel()
	for status, want := range map[int][2]string{
		http.StatusForbidden: {"forbidden", "scope api_v3"},
		http.StatusNotFound:  {"not_found", "https://example.com/openproject"},
	} {
		server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			failure(w, status, "Missing", "No.")
		}))
		_, err := mustOpen(t, "url: "+server.URL+"\n").Plan(t.Context())
		refused(t, err, want[0], want[1])
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	f := numbered(t, 5)
	f.private[2] = true
	for name, tc := range map[string]struct {
		yaml string
		want source.Report
	}{
		"administrator": {withToken, source.Report{Service: "OpenProject 14.6.1", Account: "Ann Lee (ann)", Projects: new(int64(5))}},
		"anonymous": {"", source.Report{Service: "OpenProject 14.6.1", Projects: new(int64(4)),
			Notes: []string{"without a token only public projects are listed"}}},
	} {
		got, err := source.Check(t.Context(), service(t, f, tc.yaml).New(t))
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	f.admin = false
	got, err := source.Check(t.Context(), service(t, f, withToken).New(t))
	if err != nil || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "no administrator") {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestVendorsRefusal reads an answer as OpenProject gave it.
func TestVendorsRefusal(t *testing.T) {
	t.Parallel()
	body := sourcetest.Shared(t, "examples/errors/openproject-400.json")
	for answer, want := range map[string]string{string(body): "Invalid filter does not exist", `{}`: "answered 400"} {
		server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/hal+json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(answer))
		}))
		_, err := mustOpen(t, "url: "+server.URL+"\narchived: true\n").Plan(t.Context())
		refused(t, err, "bad_request", want)
	}
}
