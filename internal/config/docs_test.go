package config_test

import (
	"errors"
	"log/slog"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/config"
	"holdfast/internal/source"
	"holdfast/internal/source/kinds"
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Every key of the structs is a row of a table in its section of the page, and
// the page has no row for a key that does not exist.
func TestEveryKeyIsDocumented(t *testing.T) {
	t.Parallel()
	sections := documentedKeys(readFile(t, "../../docs/configuration.md"))
	want := map[string][]string{
		"The whole file":    keysOf(reflect.TypeFor[config.Config]()),
		"`log`":             keysOf(reflect.TypeFor[config.Log]()),
		"`api`":             keysOf(reflect.TypeFor[config.API]()),
		"`api.tokens`":      keysOf(reflect.TypeFor[config.Token]()),
		"`worker`":          keysOf(reflect.TypeFor[config.Worker]()),
		"`retention`":       keysOf(reflect.TypeFor[config.Retention]()),
		"`sources`":         keysOf(reflect.TypeFor[config.Source]()),
		"Kinds behind HTTP": keysOf(reflect.TypeFor[source.HTTPOptions]()),
	}
	for section, keys := range want {
		documented := sections[section]
		for _, key := range keys {
			if !documented[key] {
				t.Errorf("section %q does not document the key %s", section, key)
			}
			delete(documented, key)
		}
		for key := range documented {
			t.Errorf("section %q documents %s, which does not exist", section, key)
		}
	}
}

// Every option of a kind stands on its page in docs/sources, and the page's
// table of options has none that does not exist. Those that all kinds behind
// HTTP share may be left to the page on the configuration.
func TestEveryOptionOfAKindIsDocumented(t *testing.T) {
	t.Parallel()
	inherited := keysOf(reflect.TypeFor[source.HTTPOptions]())
	for _, driver := range kinds.All() {
		page := readFile(t, "../../docs/sources/"+driver.Kind+".md")
		options := keysOf(optionsOf(driver))
		for _, key := range options {
			word := "`" + key[strings.LastIndex(key, ".")+1:] + "`"
			if !strings.Contains(page, word) && !slices.Contains(inherited, key) {
				t.Errorf("docs/sources/%s.md does not document the option %s", driver.Kind, key)
			}
		}
		for key := range documentedKeys(page)["Options"] {
			sections := slices.ContainsFunc(options, func(option string) bool { return strings.HasPrefix(option, key+".") })
			if !sections && !slices.Contains(options, key) {
				t.Errorf("docs/sources/%s.md documents the option %s, which does not exist", driver.Kind, key)
			}
		}
	}
}

// Every kind has a row in the page's table of kinds, and the table has no other.
func TestEveryKindIsListed(t *testing.T) {
	t.Parallel()
	page := readFile(t, "../../docs/configuration.md")
	_, table, _ := strings.Cut(page, "\n### Each kind\n")
	rows := regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|.*\\[sources/(.+)\\.md\\]\\(sources/(.+)\\.md\\) \\|$").FindAllStringSubmatch(table, -1)
	got, want := []string{}, []string{}
	for _, row := range rows {
		if row[2] != row[1] || row[3] != row[1] {
			t.Errorf("the row of %s leads to the pages %s and %s", row[1], row[2], row[3])
		}
		got = append(got, row[1])
	}
	for _, driver := range kinds.All() {
		want = append(want, driver.Kind)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the kinds in docs/configuration.md (-known +documented):\n%s", diff)
	}
}

// documentedKeys returns, for each heading, the keys in the first column of
// the tables below it.
func documentedKeys(page string) map[string]map[string]bool {
	sections := map[string]map[string]bool{}
	row := regexp.MustCompile("^\\| `([a-z_.]+)`")
	heading := ""
	for line := range strings.Lines(page) {
		if marks, title, found := strings.Cut(line, " "); found && strings.Trim(marks, "#") == "" {
			heading = strings.TrimSpace(title)
			sections[heading] = map[string]bool{}
		}
		if match := row.FindStringSubmatch(line); match != nil {
			sections[heading][match[1]] = true
		}
	}
	return sections
}

// keysOf lists the yaml keys of a struct; those of a nested struct of its own,
// which has no section, are written with a dot.
func keysOf(structure reflect.Type) []string {
	var keys []string
	for field := range structure.Fields() {
		key, option, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		switch {
		case !field.IsExported() || key == "-" || option == "inline" && field.Type.Kind() != reflect.Struct:
		case option == "inline":
			keys = append(keys, keysOf(field.Type)...)
		default:
			keys = append(keys, key)
			keys = append(keys, nestedKeys(key, field.Type)...)
		}
	}
	return keys
}

// nestedKeys lists the keys within a struct of a kind's options.
func nestedKeys(key string, t reflect.Type) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || !strings.Contains(t.PkgPath(), "/source/") {
		return nil
	}
	var keys []string
	for _, inner := range keysOf(t) {
		keys = append(keys, key+"."+inner)
	}
	return keys
}

// optionsOf finds the struct that a driver decodes its options into.
func optionsOf(driver source.Driver) reflect.Type {
	var options reflect.Type
	_, _ = driver.New(source.Settings{
		Name: "x", Dir: ".", Log: slog.New(slog.DiscardHandler),
		Decode: func(into any) error {
			options = reflect.TypeOf(into).Elem()
			return errors.New("only looking")
		},
	})
	return options
}
