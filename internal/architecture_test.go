// Package internal_test holds the direction of imports, which the folders stand
// for: the arrows of docs/architecture.md, as a test.
package internal_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// imported is one import in one file, with paths relative to the module.
type imported struct {
	// folder is where the file lies, e.g. "internal/store".
	folder string
	file   string
	// path is what it imports: "internal/project" for a package of ours.
	path string
	test bool
}

// rule is one arrow that must not be there.
type rule struct {
	name  string
	broke func(imported) bool
}

// rules are what the layout promises. Tests may reach sideways where a rule
// says so; nothing else may.
func rules() []rule {
	return []rule{
		{"internal/project imports the standard library only", func(i imported) bool {
			return i.folder == "internal/project" && !i.test && strings.Contains(i.path, "/") && !isStandard(i.path)
		}},
		{"internal/quantity imports the standard library only", func(i imported) bool {
			return i.folder == "internal/quantity" && !i.test && !isStandard(i.path)
		}},
		{"only internal/jobs, cmd, the benchmark and the chaos suite import River", func(i imported) bool {
			return within(i.path, "github.com/riverqueue") && !within(i.folder, "internal/jobs") && !within(i.folder, "cmd") &&
				!anyWithin(i.folder, "bench", "chaos") && !i.test && !isTestSupport(i.folder)
		}},
		{"internal/store knows no River, HTTP, jobs, source or API", func(i imported) bool {
			return within(i.folder, "internal/store") && !i.test && anyWithin(i.path, "github.com/riverqueue",
				"net/http", "github.com/labstack", "internal/jobs", "internal/source", "internal/api", "internal/openapi", "internal/config")
		}},
		{"kinds of sources never import one another, nor what is above them", func(i imported) bool {
			return isKind(i.folder) && within(i.path, "internal") && !within(i.path, i.folder) && i.path != "internal/source" &&
				!anyWithin(i.path, "internal/project", "internal/quantity") && !i.test
		}},
		{"internal/source knows nothing above it", func(i imported) bool {
			return i.folder == "internal/source" && !i.test && within(i.path, "internal") &&
				!anyWithin(i.path, "internal/project", "internal/quantity")
		}},
		{"only cmd, the benchmark and tests import kinds of sources", func(i imported) bool {
			return (isKind(i.path) || i.path == registry) && !within(i.folder, i.path) &&
				i.folder != registry && !within(i.folder, "cmd") && !within(i.folder, "bench") && !i.test
		}},
		{"internal/jobs asks sources, not services, and answers no requests", func(i imported) bool {
			return within(i.folder, "internal/jobs") && !i.test && anyWithin(i.path, "net/http", "github.com/labstack",
				"internal/api", "internal/openapi", "internal/config")
		}},
		{"internal/api never talks to a source", func(i imported) bool {
			return within(i.folder, "internal/api") && !i.test && within(i.path, "internal/source")
		}},
		{"cmd/holdfast speaks HTTP only", func(i imported) bool {
			return i.folder == "cmd/holdfast" && !i.test && anyWithin(i.path, "internal/store", "internal/jobs", "internal/source",
				"internal/config", "migrations", "github.com/jackc", "github.com/riverqueue")
		}},
		{"only internal/metrics knows Prometheus, and only cmd knows internal/metrics", func(i imported) bool {
			return !i.test && !within(i.folder, "internal/metrics") &&
				(within(i.path, "github.com/prometheus") || within(i.path, "internal/metrics") && !within(i.folder, "cmd"))
		}},
		{"nothing below cmd imports cmd", func(i imported) bool {
			return within(i.path, "cmd") && !within(i.folder, "cmd")
		}},
		{"test support stays in tests and the benchmark", func(i imported) bool {
			return isTestSupport(i.path) && !i.test && !isTestSupport(i.folder) && !within(i.folder, "bench")
		}},
		{"deploy holds no Go", func(i imported) bool { return within(i.folder, "deploy") }},
	}
}

// registry lists the kinds of sources for cmd.
const registry = "internal/source/kinds"

// isKind reports whether a folder holds a kind of source: each folder directly
// below internal/source but for the registry and the tests' suite.
func isKind(folder string) bool {
	return path.Dir(folder) == "internal/source" && folder != registry && !isTestSupport(folder)
}

// isTestSupport reports whether a package exists for tests alone.
func isTestSupport(folder string) bool { return strings.HasSuffix(path.Base(folder), "test") }

// within reports whether a folder is another one or lies in it.
func within(folder, outer string) bool {
	return folder == outer || strings.HasPrefix(folder, outer+"/")
}

func anyWithin(folder string, outer ...string) bool {
	for _, o := range outer {
		if within(folder, o) {
			return true
		}
	}
	return false
}

// isStandard reports whether a path names a package of the standard library:
// those have no dot in their first element.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && first != "internal" && first != "cmd" && first != "migrations"
}

func TestImportsPointDown(t *testing.T) {
	t.Parallel()
	imports := importsOf(t, "..")
	if len(imports) < 50 {
		t.Fatalf("only %d imports found: the test looks in the wrong place", len(imports))
	}
	for _, rule := range rules() {
		for _, i := range imports {
			if rule.broke(i) {
				t.Errorf("%s imports %s: %s", i.file, i.path, rule.name)
			}
		}
	}
}

// importsOf reads the imports of every Go file of the module.
func importsOf(t *testing.T, root string) []imported {
	t.Helper()
	const module = "holdfast/"
	var imports []imported
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || name == "tmp") {
			return fs.SkipDir
		}
		if entry.IsDir() || path.Ext(name) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			quoted, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, imported{
				folder: path.Dir(name), file: name, path: strings.TrimPrefix(quoted, module),
				test: strings.HasSuffix(name, "_test.go"),
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}

// TestRulesBite shows each rule an import that breaks it: a rule that nothing
// can break protects nothing.
func TestRulesBite(t *testing.T) {
	t.Parallel()
	broken := []imported{
		{folder: "internal/project", path: "github.com/google/uuid"},
		{folder: "internal/quantity", path: "internal/source"},
		{folder: "internal/api", path: "github.com/riverqueue/river"},
		{folder: "internal/store", path: "net/http"},
		{folder: "internal/source/gitlab", path: "internal/source/file"},
		{folder: "internal/source", path: "internal/config"},
		{folder: "internal/jobs", path: "internal/source/gitlab"},
		{folder: "internal/jobs", path: "internal/api"},
		{folder: "internal/api", path: "internal/source"},
		{folder: "cmd/holdfast", path: "internal/store"},
		{folder: "internal/jobs", path: "internal/metrics"},
		{folder: "internal/jobs", path: "cmd/worker"},
		{folder: "internal/jobs", path: "internal/dbtest"},
		{folder: "deploy", path: "os"},
	}
	for i, rule := range rules() {
		if !rule.broke(broken[i]) {
			t.Errorf("%s: not broken by %s importing %s", rule.name, broken[i].folder, broken[i].path)
		}
	}
}
