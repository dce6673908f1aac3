package sourcetest

import (
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"holdfast/internal/source"
	"holdfast/internal/strictyaml"
)

// Open makes a source of a kind from options as they stand in a configuration
// file. Every variable of the environment that they name holds the secret.
func Open(t *testing.T, driver source.Driver, yaml, secret string) (source.Source, error) {
	t.Helper()
	root, err := strictyaml.Parse("holdfast.yaml", []byte(yaml))
	if err != nil {
		return nil, err
	}
	return driver.New(source.Settings{
		Name: "tested",
		Dir:  t.TempDir(),
		Log:  slog.New(slog.DiscardHandler),
		Decode: func(options any) error {
			d := strictyaml.NewDecoder(root, strictyaml.Options{Getenv: func(string) string { return secret }})
			d.Decode(options)
			return d.Err()
		},
	})
}

// MustOpen is [Open] for options that are right.
func MustOpen(t *testing.T, driver source.Driver, yaml, secret string) source.Source {
	t.Helper()
	src, err := Open(t, driver, yaml, secret)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// Shared reads a file of the vendors' contracts: their descriptions of their
// APIs below "openapi/", recorded answers below "examples/". These lie beside
// the repository and are no part of it; where they are not, the test is skipped.
func Shared(t *testing.T, name string) []byte {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	body, err := os.ReadFile(filepath.Join(dir, "..", "shared", "contracts", name))
	if err != nil {
		t.Skipf("the vendor's contract is not here: %v", err)
	}
	return body
}

// Allow fails the test for parameters of a request that the service does not
// know. Real services overlook them, so that a misspelled one goes unseen.
func Allow(t *testing.T, address *url.URL, names ...string) {
	t.Helper()
	if err := onlyKnown(address, names); err != nil {
		t.Error(err)
	}
}

func onlyKnown(address *url.URL, names []string) error {
	for name := range address.Query() {
		if !slices.Contains(names, name) {
			return fmt.Errorf("%s is no parameter of %s", name, address.Path)
		}
	}
	return nil
}
