package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// forge answers as a GitLab does whose token is good, or is not.
func forge(tb testing.TB, status int) string {
	tb.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Total", "0")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("[]"))
	}))
	tb.Cleanup(server.Close)
	return server.URL
}

func TestConfigCheckOnline(t *testing.T) {
	t.Parallel()
	const off = "\n  - {name: off, kind: gitlab, url: \"http://127.0.0.1:1\", enabled: false}"
	for name, test := range map[string]struct {
		second string
		want   error
		parts  []string
	}{
		"all can be read":    {off, nil, []string{"list  ok", "projects  2"}},
		"one refuses us":     {"\n  - {name: lab, kind: gitlab, url: " + forge(t, http.StatusUnauthorized) + "}" + off, errUnreadable, []string{"list  ok", "lab  failed", "(unauthorized)"}},
		"one does not exist": {"\n  - {name: gone, kind: file, path: gone.ndjson}", errUnreadable, []string{"list  ok", "gone  failed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := configured(t, "postgres://127.0.0.1:1/nowhere",
				"sources:\n  - {name: list, kind: file, path: list.ndjson}"+test.second+"\n")
			list := filepath.Join(filepath.Dir(env["HOLDFAST_CONFIG"]), "list.ndjson")
			if err := os.WriteFile(list, []byte("{\"id\":1}\n{\"id\":2}\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			stdout, stderr, err := call(t.Context(), env, "config", "check", "--online")
			if !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			for _, part := range test.parts {
				if !strings.Contains(stdout, part) {
					t.Errorf("%q is missing in\n%s%s", part, stdout, stderr)
				}
			}
			if strings.Contains(stdout, "off  failed") || strings.Contains(stdout, "off  ok\n") {
				t.Errorf("a disabled source was reached:\n%s", stdout)
			}
		})
	}
}

func TestConfigCheckOnlineStops(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	env := configured(t, "postgres://localhost/x", small)
	if _, _, err := call(ctx, env, "config", "check", "--online"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	env = configured(t, "postgres://localhost/x", "sorces: []\n")
	if stdout, _, err := call(t.Context(), env, "config", "check", "--online"); err == nil || errors.Is(err, errUnreadable) {
		t.Errorf("a bad configuration was tried out: %v\n%s", err, stdout)
	}
}
