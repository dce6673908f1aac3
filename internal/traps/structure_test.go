package traps_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// moduleRoot is where this module begins, as seen from this package.
const moduleRoot = "../.."

// programFiles returns the module's files with the ending that are part of
// its programs: no tests, and nothing of the packages that exist for tests.
func programFiles(t *testing.T, ending string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(moduleRoot, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := len(entry.Name()) > 2 && strings.HasPrefix(entry.Name(), ".")
		if entry.IsDir() && (hidden || slices.Contains([]string{"dbtest", "bench", "chaos", "migrations"}, entry.Name())) {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ending) && !strings.HasSuffix(path, "_test.go") {
			files = append(files, path)
		}
		return nil
	})
	must(t, err)
	if len(files) == 0 {
		t.Fatalf("no %s files found below %s", ending, moduleRoot)
	}
	return files
}

// A transaction that is begun and committed in one package cannot be a savepoint
// by accident, be committed elsewhere, or have its commit's answer dropped: there
// is no code that could.
func TestOnlyTheStoreBeginsAndCommits(t *testing.T) {
	t.Parallel()
	store := filepath.Join(moduleRoot, "internal", "store")
	found := 0
	for _, path := range programFiles(t, ".go") {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		must(t, err)
		ast.Inspect(file, func(node ast.Node) bool {
			switch word := transactionWord(node); {
			case word == "":
			case filepath.Dir(path) == store:
				found++
			default:
				t.Errorf("%s: %s outside internal/store: use Store.InTx or a PageTx, which read the commit's answer",
					files.Position(node.Pos()), word)
			}
			return true
		})
	}
	if found == 0 {
		t.Error("found no transaction in internal/store either: this test looks in the wrong place")
	}
}

// transactionWord returns the word with which a piece of code begins or commits
// a transaction of pgx, and "" for all other code. [store.PageTx] commits with
// an entry for the ledger, and so with one argument more.
func transactionWord(node ast.Node) string {
	switch node := node.(type) {
	case *ast.CallExpr:
		method, ok := node.Fun.(*ast.SelectorExpr)
		if !ok {
			return ""
		}
		name := method.Sel.Name
		if slices.Contains([]string{"Begin", "BeginTx", "BeginFunc", "BeginTxFunc"}, name) || name == "Commit" && len(node.Args) == 1 {
			return name
		}
	case *ast.BasicLit:
		if slices.Contains([]string{"begin", "commit", "rollback"}, strings.ToLower(strings.Trim(node.Value, "\"`; "))) {
			return node.Value
		}
	}
	return ""
}

// Only migrations change what tables there are, and rows of projects are
// never removed.
func TestNoProgramDropsRowsOrTables(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`(?i)\b(drop\s+(table|schema)|truncate\s+(table\s+)?[a-z_]|delete\s+from\s+projects\b)`)
	database := regexp.MustCompile(`"(github\.com/jackc/pgx/|database/sql"|holdfast/internal/store)`)
	for _, path := range append(programFiles(t, ".go"), programFiles(t, ".sql")...) {
		text, err := os.ReadFile(path)
		must(t, err)
		// Whoever has no way to the database may write what he likes.
		if strings.HasSuffix(path, ".go") && !database.Match(text) {
			continue
		}
		if hit := forbidden.Find(text); hit != nil {
			t.Errorf("%s: %q: programs neither drop tables nor remove projects", path, hit)
		}
	}
}
