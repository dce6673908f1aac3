package sampleforge_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"holdfast/internal/sampleforge"
)

// Whatever the parameters, the answer is one that GitLab gives: a page of no
// more than a hundred projects within the bounds, or a refusal in JSON.
func FuzzListingParameters(f *testing.F) {
	forge := sampleforge.New(sampleforge.Options{Projects: 300})
	for _, seed := range [][5]string{
		{"", "1", "20", "", ""}, {"keyset", "", "100", "5000000023", ""}, {"keyset", "9", "101", "-9223372036854775808", "-9223372036854775808"},
		{"", "9223372036854775807", "1", "9223372036854775807", "9223372036854775807"}, {"x", "0", "-1", "x", "5000000100"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4])
	}
	f.Fuzz(func(t *testing.T, pagination, page, perPage, after, before string) {
		values := url.Values{
			"pagination": {pagination}, "page": {page}, "per_page": {perPage}, "id_after": {after}, "id_before": {before}, "order_by": {"id"},
		}
		w := httptest.NewRecorder()
		forge.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v4/projects?"+values.Encode(), nil))
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest && w.Code != http.StatusMethodNotAllowed || !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%s: %d %.200s", values.Encode(), w.Code, w.Body)
		}
		if w.Code != http.StatusOK {
			return
		}
		found := ids(t, w)
		if len(found) > 100 {
			t.Errorf("%s: %d projects on a page", values.Encode(), len(found))
		}
		for _, id := range found {
			if !within(id, after, before) {
				t.Errorf("%s: %d is out of bounds", values.Encode(), id)
			}
		}
	})
}

func within(id int64, after, before string) bool {
	var low, high int64
	lowErr, highErr := json.Unmarshal([]byte(after), &low), json.Unmarshal([]byte(before), &high)
	return (lowErr != nil || id > low) && (highErr != nil || id < high)
}
