package config_test

import (
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast/internal/config"
	"holdfast/internal/source"
)

const complete = `
database_url: postgres://holdfast:${DB_PASSWORD}@db.example.com/holdfast
log: {level: debug, format: json}
api:
  listen: :9001
  body_limit: 2MiB
  read_timeout: 5s
  write_timeout: 2m
  idle_timeout: 1h
  drain_timeout: 1m30s
  trusted_proxies: [10.0.0.0/8, "::1/128"]
  rate_limit: 2.5
  pool_size: 4
  tokens:
  - name: ci
    token_file: token
    role: operator
worker:
  admin_listen: 0.0.0.0:9011
  concurrency: 2
  slice: 10s
  pages_per_transaction: 3
  lease: 2s
  drain_timeout: 5s
retention:
  jobs: 30d
  ledger: 1w
sources:
- name: new
  kind: forge
  url: https://forge.example.com
  token: ${FORGE_TOKEN}
- name: old.forge-2
  kind: forge
  enabled: false
  absent_runs: 3
  max_delete_share: 0.5
  volatile_fields: [stars]
  token: ${NOWHERE_SET}
`

func completeEnv() env {
	return env{"DB_PASSWORD": "db-secret", "FORGE_TOKEN": "forge-secret"}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	path := write(t, complete, map[string]string{"token": "a-long-token-of-the-ci\r\n"})
	got, err := config.Load(path, completeEnv().get, config.ForCheck, drivers())
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Config{
		DatabaseURL: source.NewSecret("postgres://holdfast:db-secret@db.example.com/holdfast"),
		Log:         config.Log{Level: "debug", Format: "json"},
		API: config.API{
			Listen: ":9001", BodyLimit: 2 << 20, ReadTimeout: 5 * time.Second, WriteTimeout: 2 * time.Minute,
			IdleTimeout: time.Hour, DrainTimeout: 90 * time.Second, RateLimit: 2.5, PoolSize: 4,
			TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")},
			Tokens:         []config.Token{{Name: "ci", Token: source.NewSecret("a-long-token-of-the-ci"), Role: config.Operator}},
		},
		Worker: config.Worker{
			AdminListen: "0.0.0.0:9011", Concurrency: 2, Slice: 10 * time.Second, PagesPerTransaction: 3, Lease: 2 * time.Second,
			DrainTimeout: 5 * time.Second, PoolSize: 12,
		},
		Retention: config.Retention{Jobs: 30 * 24 * time.Hour, Ledger: 7 * 24 * time.Hour},
		Sources: []config.Source{
			{Name: "new", Kind: "forge", Enabled: true, Mode: "full", AbsentRuns: 2, FullEvery: 24 * time.Hour, MaxDeleteShare: 0.1},
			{
				Name: "old.forge-2", Kind: "forge", Mode: "full", AbsentRuns: 3, FullEvery: 24 * time.Hour, MaxDeleteShare: 0.5,
				VolatileFields: []string{"stars"},
			},
		},
	}
	if diff := cmp.Diff(want, got, compareConfig()...); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func compareConfig() []cmp.Option {
	return []cmp.Option{
		cmp.Comparer(func(a, b source.Secret) bool { return a == b }),
		cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
		cmpopts.IgnoreUnexported(config.Source{}),
		cmpopts.IgnoreFields(config.Source{}, "Options"),
	}
}

// An empty file is a valid configuration once the database is known.
func TestLoadDefaults(t *testing.T) {
	t.Parallel()
	path := write(t, "# nothing\n", nil)
	cfg, err := config.Load(path, env{"DATABASE_URL": "host=/run/postgresql dbname=holdfast"}.get, config.ForAPI, drivers())
	if err != nil {
		t.Fatal(err)
	}
	if cfg.API.Listen != "127.0.0.1:8001" || cfg.Worker.AdminListen != "127.0.0.1:8011" || cfg.API.RateLimit != 100 ||
		cfg.Worker.Concurrency != 8 || cfg.Worker.PoolSize != 24 || cfg.Worker.PagesPerTransaction != 10 ||
		cfg.Worker.Slice != 30*time.Second || cfg.Worker.Lease != 5*time.Second {
		t.Errorf("defaults: %+v %+v", cfg.API, cfg.Worker)
	}
	if got := cfg.DatabaseURL.Reveal(); got != "host=/run/postgresql dbname=holdfast" {
		t.Errorf("database_url = %q", got)
	}
	if len(cfg.Warnings) != 1 {
		t.Errorf("warnings = %v, want the one about no sources", cfg.Warnings)
	}
}

func TestLoadWithoutFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "holdfast.yaml")
	_, err := config.Load(path, env{}.get, config.ForAPI, drivers())
	want := path + ": there is no such file; copy holdfast.example.yaml to it, or name another one with --config or HOLDFAST_CONFIG"
	if err == nil || err.Error() != want {
		t.Errorf("missing file: %v, want %s", err, want)
	}
	_, err = config.Load(dir, env{}.get, config.ForAPI, drivers())
	if want := dir + ": cannot be read (is a directory); correct its path or permissions"; err == nil || err.Error() != want {
		t.Errorf("folder: %v, want %s", err, want)
	}
}

func TestPath(t *testing.T) {
	t.Parallel()
	environ := env{"HOLDFAST_CONFIG": "/etc/holdfast.yaml"}
	for _, test := range []struct {
		flag string
		env  env
		want string
	}{
		{"here.yaml", environ, "here.yaml"},
		{"", environ, "/etc/holdfast.yaml"},
		{"", nil, "holdfast.yaml"},
	} {
		if got := config.Path(test.flag, test.env.get); got != test.want {
			t.Errorf("Path(%q) with %v = %q, want %q", test.flag, test.env, got, test.want)
		}
	}
}

// Each process starts without the secrets that only the other one needs.
func TestModes(t *testing.T) {
	t.Parallel()
	path := write(t, complete, nil)
	worker, err := config.Load(path, completeEnv().get, config.ForWorker, drivers())
	if err != nil {
		t.Fatalf("the worker needs a token of the API: %v", err)
	}
	if !worker.API.Tokens[0].Token.IsZero() {
		t.Error("the worker holds a token of the API")
	}
	built, err := worker.Sources[0].Build(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if got := built.(forge).options.Token.Reveal(); got != "forge-secret" {
		t.Errorf("token = %q", got)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "token"), []byte("a-long-token-of-the-ci"), 0o600); err != nil {
		t.Fatal(err)
	}
	api, err := config.Load(path, env{"DB_PASSWORD": "db-secret"}.get, config.ForAPI, drivers())
	if err != nil {
		t.Fatalf("the API needs a secret of a source: %v", err)
	}
	if _, err := api.Sources[0].Build(slog.New(slog.DiscardHandler)); err == nil {
		t.Error("the API built a source")
	}
}

// What stands in the environment goes into texts, numbers and lists alike.
func TestBuildOptions(t *testing.T) {
	t.Parallel()
	environ := env{"DB": "postgres:///holdfast", "HOST": "forge.example.com", "PAGES": "12", "B": "b"}
	path := write(t, `
database_url: ${DB}
sources:
- name: one
  kind: forge
  url: https://${HOST}/$$path$
  token_file: secret
  pages: ${PAGES}
  headers: {X-Key: "k${PAGES}"}
  auth:
    user: 007
    password: ${B}${B}
`, map[string]string{"secret": "from a file\n"})
	cfg, err := config.Load(path, environ.get, config.ForWorker, drivers())
	if err != nil {
		t.Fatal(err)
	}
	built, err := cfg.Sources[0].Build(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	want := forgeOptions{
		URL: "https://forge.example.com/$path$", Token: source.NewSecret("from a file"), Pages: 12,
		Headers: map[string]source.Secret{"X-Key": source.NewSecret("k12")},
		Auth:    &forgeAuth{User: "007", Password: source.NewSecret("bb")},
	}
	if diff := cmp.Diff(want, built.(forge).options, compareConfig()[0]); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
}
