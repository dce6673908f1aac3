package httpapi

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestDocumentedOptions checks that the page names every option and column.
func TestDocumentedOptions(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/sources/http.md")
	if err != nil {
		t.Fatal(err)
	}
	names := append(keys(reflect.TypeFor[options]()), columns()...)
	if len(names) < 50 {
		t.Fatalf("only %d names: is the search right?", len(names))
	}
	for _, name := range names {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("%s is not documented", name)
		}
	}
}

// keys lists the yaml keys of a struct and of those within it.
func keys(structure reflect.Type) []string {
	var names []string
	for field := range structure.Fields() {
		name, inline, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if inline == "" {
			names = append(names, name)
		}
		inner := field.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && inner.Name() != "Secret" {
			names = append(names, keys(inner)...)
		}
	}
	return names
}
