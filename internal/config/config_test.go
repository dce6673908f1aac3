package config_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/internal/config"
	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/strictyaml"
)

// forgeOptions are the options of the tests' one kind.
type forgeOptions struct {
	URL     string                   `yaml:"url"`
	Token   source.Secret            `yaml:"token"`
	Pages   int                      `yaml:"pages"`
	Headers map[string]source.Secret `yaml:"headers"`
	Auth    *forgeAuth               `yaml:"auth"`
}

type forgeAuth struct {
	User     string        `yaml:"user"`
	Password source.Secret `yaml:"password"`
}

// forge is a source that only remembers its options.
type forge struct{ options forgeOptions }

func (forge) Plan(context.Context) (source.Plan, error) { return source.Plan{}, nil }

func (forge) List(context.Context, source.Partition, source.Cursor) iter.Seq2[source.Page, error] {
	return func(func(source.Page, error) bool) {}
}
func (forge) Normalize([]byte) (project.Project, error) { return project.Project{}, nil }
func (forge) Version() string                           { return "1" }

// newForge refuses what is no https address, and talks too much while it does.
func newForge(settings source.Settings) (source.Source, error) {
	var options forgeOptions
	if err := settings.Decode(&options); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(options.URL, "https://") {
		return nil, errors.New(`url "` + options.URL + `" with token ` + options.Token.Reveal() + ` is no https address: write https://…`)
	}
	return forge{options}, nil
}

func drivers() []source.Driver {
	return []source.Driver{{Kind: "forge", New: newForge}, {Kind: "file", New: newForge}}
}

// env is a process environment.
type env map[string]string

func (e env) get(name string) string { return e[name] }

// write puts files into a new folder and returns the path of the configuration.
func write(t *testing.T, text string, secrets map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range secrets {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "holdfast.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// problems loads a configuration and returns its problems, one a line, with
// the folder taken out.
func problems(t *testing.T, text string, environ env, mode config.Mode) string {
	t.Helper()
	path := write(t, text, map[string]string{"token": "file-secret\n", "empty": "\n", "lines": "a\nb\n", "spaced": "s3cr3t-of-a-file \n"})
	_, err := config.Load(path, environ.get, mode, drivers())
	if err == nil {
		return ""
	}
	if _, ok := errors.AsType[strictyaml.Problems](err); !ok {
		t.Errorf("Load returned a %T, want Problems", err)
	}
	return strings.ReplaceAll(err.Error(), filepath.Dir(path)+"/", "")
}
