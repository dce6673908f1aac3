package kinds_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/internal/config"
	"holdfast/internal/source/kinds"
)

// TestDocumentedExamples makes a source of each example in docs/sources.
func TestDocumentedExamples(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../../docs/sources/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, page := range pages {
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			examples := 0
			for i, block := range strings.Split(string(text), "```") {
				yaml, isYAML := strings.CutPrefix(block, "yaml\n")
				yaml = strings.TrimPrefix(yaml, "sources:\n")
				if i%2 == 0 || !isYAML || !strings.HasPrefix(strings.TrimLeft(yaml, " "), "- name: ") {
					continue
				}
				examples++
				if err := makeAll(t, yaml); err != nil {
					t.Errorf("%v\nin this example:\n%s", err, yaml)
				}
			}
			if examples == 0 {
				t.Error("the page has no example")
			}
		})
	}
}

// makeAll loads a configuration with a list of sources.
func makeAll(t *testing.T, list string) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "holdfast.yaml")
	if err := os.WriteFile(path, []byte("sources:\n"+list), 0o600); err != nil {
		t.Fatal(err)
	}
	mode := config.ForWorker
	if strings.Contains(list, "_file: ") {
		// The file need not be there: then the keys are all that is checked.
		mode = config.ForAPI
	}
	getenv := func(name string) string {
		if name == "DATABASE_URL" {
			return "postgres://localhost/holdfast"
		}
		return "from-the-environment"
	}
	_, err := config.Load(path, getenv, mode, kinds.All())
	return err
}
