package traps_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// document is the page that explains these tests, and names each of them.
const document = moduleRoot + "/docs/why-rows-vanish.md"

// read returns a file's text.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return string(text)
}

// names returns the distinct texts that an expression finds, sorted.
func names(text, expression string) []string {
	found := regexp.MustCompile(expression).FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// A trap that the page does not tell of is of no use to its readers.
func TestTheDocumentNamesEveryTrap(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("*_test.go")
	must(t, err)
	var source strings.Builder
	for _, path := range paths {
		if path != "document_test.go" {
			source.WriteString(read(t, path))
		}
	}
	tests := names(source.String(), `\bTest(Trap|Holdfast|Only|No)\w+`)
	if diff := cmp.Diff(tests, names(read(t, document), `\bTest\w+`)); diff != "" {
		t.Errorf("tests named in %s (-tests +document):\n%s", document, diff)
	}
}

// Files move; the page must move with them.
func TestTheDocumentsLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	text := read(t, document)
	anchors := make(map[string]bool)
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		plain := regexp.MustCompile(`[^\w -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		anchors[strings.ReplaceAll(plain, " ", "-")] = true
	}
	for _, link := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
		target := link[1]
		if anchor, within := strings.CutPrefix(target, "#"); within {
			if !anchors[anchor] {
				t.Errorf("no heading for the link %s", target)
			}
			continue
		}
		if strings.HasPrefix(target, "https://") {
			continue
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(document), target)); err != nil {
			t.Errorf("link leads nowhere: %v", err)
		}
	}
}
