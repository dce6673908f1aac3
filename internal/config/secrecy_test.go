package config_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast/internal/config"
	"holdfast/internal/strictyaml"
)

// TestSecretsNeverShow puts secrets at places where they belong and where they
// do not, and reads everything that Load and Check say, and every way to print
// what they return.
func TestSecretsNeverShow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "holdfast.yaml")
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[a-zA-Z0-9%/+=:@#!]{12,30}`).Draw(t, "secret") + "Zq"
		text := configWith(t, secret)
		for name, content := range map[string]string{"holdfast.yaml": text, "secret": secret} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		environ := env{"SECRET": secret, "DATABASE_URL": "postgres:///holdfast"}
		var said strings.Builder
		fmt.Fprintln(&said, config.Check(&said, path, environ.get, drivers()))
		for _, mode := range []config.Mode{config.ForAPI, config.ForWorker} {
			cfg, err := config.Load(path, environ.get, mode, drivers())
			if fmt.Fprintln(&said, err); err != nil {
				continue
			}
			fmt.Fprintf(&said, "%v %+v %#v %+v %s\n", cfg, cfg, cfg, cfg.Sources, cfg.Warnings.Error())
			slog.New(slog.NewJSONHandler(&said, nil)).Info("configuration", "database_url", cfg.DatabaseURL, "tokens", cfg.API.Tokens, "all", cfg)
		}
		if strings.Contains(said.String(), secret) {
			t.Fatalf("the secret %q shows for\n%s\nin\n%s", secret, text, said.String())
		}
	})
}

// configWith writes a configuration with a secret at random places.
func configWith(t *rapid.T, secret string) string {
	reference := func(name string) string {
		return rapid.SampledFrom([]string{"${SECRET}", "x${SECRET}", "plain", "1", "true", "[${}]", "${", ""}).Draw(t, name)
	}
	literal := rapid.SampledFrom([]string{"${SECRET}", "'" + strings.ReplaceAll(secret, "$", "") + "'"}).Draw(t, "literal")
	var text strings.Builder
	fmt.Fprintf(&text, "database_url: %s\n", literal)
	fmt.Fprintf(&text, "api:\n  listen: %s\n  tokens:\n  - name: %s\n    role: %s\n    token: %s\n",
		reference("listen"), reference("caller"), reference("role"), literal)
	fmt.Fprintf(&text, "worker:\n  slice: %s\n  concurrency: %s\nlog:\n  level: %s\n", reference("slice"), reference("concurrency"), reference("level"))
	fmt.Fprintf(&text, "sources:\n- name: %s\n  kind: %s\n  url: %s\n  token: %s\n  pages: %s\n",
		rapid.SampledFrom([]string{"a", "${SECRET}"}).Draw(t, "name"), rapid.SampledFrom([]string{"forge", "${SECRET}"}).Draw(t, "kind"),
		reference("url"), literal, reference("pages"))
	fmt.Fprintf(&text, "- name: b\n  kind: file\n  url: http://x\n  %s: secret\n", rapid.SampledFrom([]string{"token_file", "url"}).Draw(t, "file"))
	return text.String()
}

// Whatever the file, Load returns a valid configuration or problems, and the
// problems show nothing of the environment.
func FuzzLoad(f *testing.F) {
	seeds, err := filepath.Glob("testdata/refused/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range seeds {
		text, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(complete)
	f.Fuzz(func(t *testing.T, text string) {
		const value = "v4lue-0f-the-environment"
		path := write(t, text, nil)
		cfg, err := config.Load(path, func(string) string { return value }, config.ForWorker, drivers())
		if err == nil {
			valid(t, cfg)
			return
		}
		if _, ok := errors.AsType[strictyaml.Problems](err); !ok || strings.Contains(err.Error(), value) {
			t.Errorf("error %T: %v", err, err)
		}
	})
}

// valid fails when a configuration lacks what the processes rely on.
func valid(t *testing.T, cfg *config.Config) {
	t.Helper()
	if cfg.DatabaseURL.IsZero() || cfg.Worker.Concurrency < 1 || cfg.Worker.Slice <= 0 || cfg.Worker.Lease <= 0 || cfg.API.BodyLimit <= 0 {
		t.Errorf("invalid configuration: %+v", cfg)
	}
	names := map[string]bool{}
	for i := range cfg.Sources {
		s := &cfg.Sources[i]
		if s.Name == "" || names[s.Name] || s.AbsentRuns < 1 || !(s.MaxDeleteShare >= 0 && s.MaxDeleteShare <= 1) {
			t.Errorf("invalid source: %+v", s)
		}
		names[s.Name] = true
		if _, err := s.Build(slog.New(slog.DiscardHandler)); err != nil && s.Enabled {
			t.Errorf("a source that was accepted cannot be built: %v", err)
		}
	}
}
