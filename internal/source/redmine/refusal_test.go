package redmine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
)

// refused fails the test unless the error is one of configuration, has the
// code, and says the words.
func refused(t *testing.T, err error, code, words string) {
	t.Helper()
	e, ok := errors.AsType[*source.Error](err)
	if !ok || e.Kind != source.Configuration || e.Code != code || !strings.Contains(e.Message, words) {
		t.Errorf("got %+v, want %s with %q", err, code, words)
	}
	if strings.Contains(err.Error()+e.Sample, key) {
		t.Error("the error shows the key")
	}
}

// TestWrongKeyIsNotAShortListing: Redmine lists public projects to a key that
// it does not know, as it does to anyone.
func TestWrongKeyIsNotAShortListing(t *testing.T) {
	t.Parallel()
	f := numbered(t, 30)
	f.private[7], f.key = true, "another"
	s := service(t, f, withKey)
	_, err := list(t, s)
	refused(t, err, "unauthorized", "My account")
	_, err = source.Check(t.Context(), s.New(t))
	refused(t, err, "unauthorized", "My account")
	// Without a key the public ones are what is wanted.
	if seen, err := list(t, service(t, f, "")); err != nil || len(seen) != 29 {
		t.Errorf("%d public projects came: %v", len(seen), err)
	}
}

// TestKeyRevokedWhileListing: the listing must not come to an end.
func TestKeyRevokedWhileListing(t *testing.T) {
	t.Parallel()
	f := numbered(t, 60)
	f.private[55] = true
	f.onPage = func(offset int) {
		if offset == 30 {
			f.key = "another"
		}
	}
	seen, err := list(t, service(t, f, withKey+"per_page: 20\n"))
	refused(t, err, "unauthorized", "reset")
	if seen["55"] != 0 {
		t.Error("the fake shows private projects to anyone")
	}
}

func TestRestServiceSwitchedOff(t *testing.T) {
	t.Parallel()
	f := numbered(t, 3)
	f.restOff = true
	_, err := list(t, service(t, f, withKey))
	refused(t, err, "rest_disabled", "Enable REST web service")
}

func TestWrongAddress(t *testing.T) {
	t.Parallel()
	server := service(t, numbered(t, 3), withKey)
	base := strings.TrimPrefix(server.New(t).Version(), "redmine/1 ")
	_, err := mustOpen(t, "url: "+base+"/tracker\n").Plan(t.Context())
	refused(t, err, "not_found", "https://example.com/redmine")
}

func TestCheck(t *testing.T) {
	t.Parallel()
	f := numbered(t, 5)
	f.private[2] = true
	f.admin = true
	const archived = "Redmine lists archived projects to nobody: they look absent until they are unarchived"
	tests := map[string]struct {
		yaml string
		want source.Report
	}{
		"administrator": {yaml: withKey, want: source.Report{
			Service: "Redmine", Account: "ann", Projects: new(int64(5)), Notes: []string{archived},
		}},
		"anonymous": {want: source.Report{
			Service: "Redmine", Projects: new(int64(4)), Notes: []string{"without an api_key only public projects are listed", archived},
		}},
	}
	for name, tc := range tests {
		got, err := source.Check(t.Context(), service(t, f, tc.yaml).New(t))
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	f.admin = false
	got, err := source.Check(t.Context(), service(t, f, withKey).New(t))
	if err != nil || !strings.Contains(got.Notes[0], "no administrator") {
		t.Errorf("got %+v, %v", got, err)
	}
}
