package kinds_test

import (
	"cmp"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"holdfast/internal/config"
	"holdfast/internal/source"
	"holdfast/internal/source/kinds"
)

func TestKindsAreDistinct(t *testing.T) {
	t.Parallel()
	all := kinds.All()
	byKind := func(a, b source.Driver) int { return cmp.Compare(a.Kind, b.Kind) }
	if !slices.IsSortedFunc(all, byKind) {
		t.Error("the kinds are not in the order of their names")
	}
	for i, driver := range all {
		if driver.Kind == "" || driver.New == nil || i > 0 && driver.Kind == all[i-1].Kind {
			t.Errorf("driver %d: %+v", i, driver)
		}
	}
}

// Every kind has a test in which the worker that lists it is killed; see package
// killtest.
func TestEveryKindIsListedByAWorkerThatIsKilled(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../*/killed_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(text)
	}
	for _, driver := range kinds.All() {
		if !strings.Contains(tests.String(), `Kind: "`+driver.Kind+`"`) {
			t.Errorf("no killed_test.go lists the kind %s", driver.Kind)
		}
	}
}

// Options stand beside the settings that every source has, so none may have
// the key of one, or one that reads like the file of a secret.
func TestOptionsHaveKeysOfTheirOwn(t *testing.T) {
	t.Parallel()
	taken := keys(reflect.TypeFor[config.Source]())
	for _, driver := range kinds.All() {
		var options any
		looking := errors.New("only looking")
		_, err := driver.New(source.Settings{Name: "x", Log: slog.New(slog.DiscardHandler), Decode: func(into any) error {
			options = into
			return looking
		}})
		if !errors.Is(err, looking) {
			t.Errorf("%s: New returned %v, want the error of Decode", driver.Kind, err)
			continue
		}
		own := keys(reflect.TypeOf(options).Elem())
		for _, key := range own {
			if slices.Contains(taken, key) {
				t.Errorf("%s: the option %s is a setting of every source", driver.Kind, key)
			}
			if name, isFile := strings.CutSuffix(key, "_file"); isFile && slices.Contains(own, name) {
				t.Errorf("%s: the options %s and %s cannot be told from a secret and its file", driver.Kind, name, key)
			}
		}
	}
}

// keys lists the yaml keys of a struct and of what it has inline.
func keys(structure reflect.Type) []string {
	var list []string
	for field := range structure.Fields() {
		key, option, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		switch {
		case option == "inline" && field.Type.Kind() == reflect.Struct:
			list = append(list, keys(field.Type)...)
		case field.IsExported() && key != "" && key != "-":
			list = append(list, key)
		}
	}
	return list
}
