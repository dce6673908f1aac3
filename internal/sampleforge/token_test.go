package sampleforge_test

import (
	"encoding/json"
	"testing"

	"holdfast/internal/sampleforge"
)

// A token may ask about itself, unless it came as that of an OAuth application.
func TestOwnToken(t *testing.T) {
	t.Parallel()
	const path = "/api/v4/personal_access_tokens/self"
	closed := sampleforge.New(sampleforge.Options{Token: "glpat-sample"})
	open := sampleforge.New(sampleforge.Options{})
	for _, test := range []struct {
		forge  *sampleforge.Forge
		header []string
		status int
	}{
		{closed, []string{"Private-Token", "glpat-sample"}, 200},
		{closed, []string{"Private-Token", "wrong"}, 401},
		{closed, []string{"Authorization", "glpat-sample"}, 401},
		{closed, []string{"Authorization", "Bearer glpat-sample"}, 400},
		{open, []string{"Private-Token", "any"}, 200},
		{open, nil, 401},
	} {
		w := get(t, test.forge, path, test.header...)
		if w.Code != test.status {
			t.Errorf("%v: status %d, want %d", test.header, w.Code, test.status)
		}
		var token struct {
			Scopes []string `json:"scopes"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &token); err != nil || (len(token.Scopes) == 1) != (test.status == 200) {
			t.Errorf("%v: %s, %v", test.header, w.Body, err)
		}
	}
}
