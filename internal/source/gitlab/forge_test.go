package gitlab_test

import (
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/sampleforge"
	"holdfast/internal/source"
)

// TestSampleForge lists a server that was written without a look at this
// package, with every oddity that its projects have.
func TestSampleForge(t *testing.T) {
	t.Parallel()
	forge := sampleforge.New(sampleforge.Options{Projects: 12_000, Seed: 7, Token: token})
	server := httptest.NewServer(forge)
	t.Cleanup(server.Close)
	for yaml, below := range map[string]string{"partitions: 5\n": "", "group: acme\n": "acme/"} {
		t.Run(yaml, func(t *testing.T) {
			t.Parallel()
			want := map[string]string{}
			for p := range forge.Projects() {
				raw, err := forge.Raw(p.ID)
				if err != nil {
					t.Fatal(err)
				}
				if strings.HasPrefix(p.FullPath, below) {
					want[strconv.FormatInt(p.ID, 10)] = string(raw)
				}
			}
			got := everything(t, mustOpen(t, "url: "+server.URL+"\ntoken: ${TOKEN}\n"+yaml))
			if diff := cmp.Diff(want, got); diff != "" || len(got) < 100 {
				t.Errorf("%d projects were read:\n%.2000s", len(got), diff)
			}
		})
	}
}

// everything reads a whole source, and each record's columns.
func everything(t *testing.T, src source.Source) map[string]string {
	t.Helper()
	plan, err := src.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, partition := range plan.Partitions {
		for page, err := range src.List(t.Context(), partition, "") {
			if err != nil {
				t.Fatalf("%s: %v", partition.Name, err)
			}
			for _, record := range page.Records {
				if _, again := got[record.ID]; again || record.Err != nil {
					t.Errorf("%s: read twice (%t), or %v", record.ID, again, record.Err)
				}
				if _, err := src.Normalize(record.Raw); err != nil {
					t.Errorf("%s: %v", record.Raw, err)
				}
				got[record.ID] = string(record.Raw)
			}
		}
	}
	return got
}
