package source_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
)

func TestWithAuthShowsAnotherCredentialAndHidesIt(t *testing.T) {
	t.Parallel()
	seen := []string{}
	first := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		answer(w, http.StatusForbidden, "application/json", `"`+r.Header.Get("Authorization")+`"`)
	})
	second, err := first.WithAuth(source.BearerAuth(source.NewSecret("renewed")))
	if err != nil {
		t.Fatal(err)
	}
	for _, client := range []*source.Client{second, first} {
		if e := failure(t, client); strings.Contains(e.Sample, "renewed") {
			t.Errorf("the sample shows the credential: %s", e.Sample)
		}
	}
	if diff := cmp.Diff([]string{"Bearer renewed", "Bearer " + token}, seen); diff != "" {
		t.Error(diff)
	}
	if _, err := first.WithAuth(source.BearerAuth(source.NewSecret("line\nbreak"))); err == nil {
		t.Error("a credential that no header can carry is taken")
	}
}

func TestLinkOfEachRelation(t *testing.T) {
	t.Parallel()
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", `<http://inner:8080/list?page=2>; rel="next", <http://inner:8080/list?page=9>; rel="last", <mailto:a@b>; rel="author"`)
		answer(w, http.StatusOK, "application/json", `[]`)
	})
	res, err := client.Get(t.Context(), "/list", nil)
	if err != nil {
		t.Fatal(err)
	}
	for rel, want := range map[string]string{"next": "/list?page=2", "last": "/list?page=9", "prev": ""} {
		if got, err := res.Link(rel); got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", rel, got, err, want)
		}
	}
	if _, err := res.Link("author"); source.KindOf(err) != source.Contract {
		t.Errorf("an address that is none: %v", err)
	}
}
