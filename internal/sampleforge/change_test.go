package sampleforge_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/internal/sampleforge"
)

func TestAdminChangesTheTruth(t *testing.T) {
	t.Parallel()
	forge := sampleforge.New(sampleforge.Options{Projects: 300})
	var count struct {
		Projects int
		FirstID  int64 `json:"first_id"`
		LastID   int64 `json:"last_id"`
	}
	call := func(method, path, body string, into any) {
		t.Helper()
		w := request(t, forge, method, "/-/sample/"+path, body)
		if w.Code != http.StatusOK {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, w.Body)
		}
	}
	call("GET", "count", "", &count)
	first := json.Number(strings.TrimSpace(jsonText(t, count.FirstID))).String()
	var before, after map[string]any
	call("GET", "projects/"+first, "", &before)
	call("POST", "projects/"+first+"/rename", `{"path":"renamed","name":"Renamed"}`, &after)
	call("PATCH", "projects/"+first, `{"description":"new","archived":true,"topics":["x"],"stars":5,"visibility":"private"}`, &after)
	for key, want := range map[string]any{
		"id": before["id"], "path": "renamed", "name": "Renamed", "description": "new", "archived": true, "star_count": 5.0,
		"visibility": "private", "created_at": before["created_at"],
		"path_with_namespace": strings.TrimSuffix(before["path_with_namespace"].(string), before["path"].(string)) + "renamed",
	} {
		if diff := cmp.Diff(want, after[key]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	if before["updated_at"] == after["updated_at"] {
		t.Error("a change left updated_at as it was")
	}
	call("DELETE", "projects/"+first, "", &count)
	if count.Projects != 299 || request(t, forge, "GET", "/-/sample/projects/"+first, "").Code != http.StatusNotFound {
		t.Errorf("%d projects after a removal, want 299 without the removed one", count.Projects)
	}
	call("POST", "projects/"+first+"/restore", "", &count)
	call("POST", "projects", `{"count":50}`, &count)
	if lines := strings.Count(get(t, forge, "/-/sample/projects").Body.String(), "\n"); lines != 350 || count.Projects != 350 {
		t.Errorf("the truth has %d lines and says %d, want 350", lines, count.Projects)
	}
}

func jsonText(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAdminRefuses(t *testing.T) {
	t.Parallel()
	forge := sampleforge.New(sampleforge.Options{Projects: 3})
	for _, test := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"PATCH", "projects/1", `{}`, 404, "no such project"},
		{"PATCH", "projects/x", `{}`, 400, "must be a number"},
		{"PATCH", "projects/1", `{"title":"x"}`, 400, `unknown field \"title\"`},
		{"PATCH", "projects/1", `no`, 400, "must be a JSON object"},
		{"POST", "projects", `{"count":0}`, 400, "from 1 to"},
		{"DELETE", "projects/1", ``, 404, "no such project"},
		{"POST", "faults", `{"kind":"flood"}`, 400, "must be one of"},
		{"POST", "faults", `{"kind":"latency","delay":"soon"}`, 400, "is not a duration"},
		{"POST", "faults", `{"kind":"status","status":99}`, 400, "from 200 to 599"},
		{"POST", "faults", `{"kind":"outage","group":"nobody"}`, 400, "no group"},
		{"GET", "nothing", ``, 404, ""},
	} {
		w := request(t, forge, test.method, "/-/sample/"+test.path, test.body)
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.says) {
			t.Errorf("%s %s %s: %d %s, want %d with %q", test.method, test.path, test.body, w.Code, w.Body, test.status, test.says)
		}
	}
	if index := get(t, forge, "/-/sample/").Body.String(); !strings.Contains(index, "/-/sample/faults") {
		t.Errorf("index: %s", index)
	}
}

// Whatever is removed, restored and in an outage: positions found by
// arithmetic are those found by counting.
func TestListingAfterAnyRemovals(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(0, 400).Draw(t, "count")
		forge := sampleforge.New(sampleforge.Options{Projects: count, Seed: 5})
		every := truth(forge, all)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		share := rapid.Float64Range(0, 1).Draw(t, "share")
		for _, id := range every {
			if random.Float64() < share {
				if err := forge.Remove(id); err != nil {
					t.Fatal(err)
				}
			}
		}
		if rapid.Bool().Draw(t, "outage") {
			if err := forge.SetOutage("acme/platform", true); err != nil {
				t.Fatal(err)
			}
		}
		checkAgainstCounting(t, forge)
	})
}

func checkAgainstCounting(t *rapid.T, forge *sampleforge.Forge) {
	want := truth(forge, all)
	if forge.Len() != len(want) {
		t.Fatalf("Len is %d, there are %d", forge.Len(), len(want))
	}
	var got []int64
	for page := 1; len(got) < len(want); page++ {
		part := pageOf(t, forge, page)
		if len(part) == 0 {
			break
		}
		got = append(got, part...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("offset listing (-want +got):\n%s", diff)
	}
}

func TestOutageIsAnAnswerLikeAnyOther(t *testing.T) {
	t.Parallel()
	forge := sampleforge.New(sampleforge.Options{Projects: 640})
	if err := forge.Inject(sampleforge.Fault{Kind: sampleforge.FaultOutage, Group: "acme/platform"}); err != nil {
		t.Fatal(err)
	}
	if hidden := 640 - forge.Len(); hidden != 140 {
		t.Errorf("%d projects are hidden, want 140", hidden)
	}
	if got := ids(t, get(t, forge, "/api/v4/groups/acme%2Fplatform/projects?include_subgroups=true")); len(got) != 0 {
		t.Errorf("the group in the outage lists %d projects", len(got))
	}
	forge.ClearFaults()
	if forge.Len() != 640 {
		t.Errorf("%d projects after the outage", forge.Len())
	}
}
