package httpapi_test

import (
	"log/slog"
	"os"
	"strings"
	"testing"

	"holdfast/internal/source"
	httpapi "holdfast/internal/source/http"
	"holdfast/internal/strictyaml"
)

const docs = "../../../docs/sources/http.md"

// TestDocumentedExamples makes a source of each example.
func TestDocumentedExamples(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for i, block := range strings.Split(string(page), "```") {
		yaml, isYAML := strings.CutPrefix(block, "yaml\n")
		if i%2 == 0 || !isYAML {
			continue
		}
		examples++
		for _, problem := range openAll(t, yaml) {
			t.Errorf("%v in this example:\n%s", problem, yaml)
		}
	}
	if examples < 14 {
		t.Errorf("only %d examples were found: is the search right?", examples)
	}
}

// openAll makes the sources of a list as it stands in a configuration file.
func openAll(t *testing.T, list string) (problems []error) {
	t.Helper()
	root, err := strictyaml.Parse("http.md", []byte("sources:\n"+list))
	if err != nil {
		return []error{err}
	}
	var file struct {
		Sources []struct {
			Name    string           `yaml:"name"`
			Kind    string           `yaml:"kind"`
			Options *strictyaml.Node `yaml:",inline"`
		} `yaml:"sources"`
	}
	resolve := strictyaml.Options{Getenv: func(string) string { return secret }}
	d := strictyaml.NewDecoder(root, resolve)
	if d.Decode(&file); d.Err() != nil {
		return []error{d.Err()}
	}
	for _, s := range file.Sources {
		_, err := httpapi.Driver().New(source.Settings{
			Name: s.Name, Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler),
			Decode: func(options any) error {
				d := strictyaml.NewDecoder(s.Options, resolve)
				d.Decode(options)
				return d.Err()
			},
		})
		if err != nil || s.Kind != httpapi.Driver().Kind {
			problems = append(problems, err)
		}
	}
	return problems
}
