package cluster_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/chaos/cluster"
)

// script stands for scripts/postgres.sh: it writes down how it is called, and
// fails to start when it is told to, once.
const script = `#!/bin/sh
test -z "$DATABASE_URL$PGPORT" || { echo "it would leave the cluster alone" >&2; exit 1; }
echo "$*" >>"$PGHOME/calls"
test "$1" != start || echo postgres://here
if [ "$1" = start ] && [ -e "$PGHOME/fail" ]; then rm "$PGHOME/fail"; echo "no luck" >&2; exit 1; fi
`

func setup(t *testing.T) (*cluster.Cluster, string) {
	t.Helper()
	home := t.TempDir()
	program := filepath.Join(home, "script.sh")
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	c, err := cluster.New(t.Context(), program, home, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c, home
}

func calls(t *testing.T, home string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(home, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func TestCrash(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://elsewhere")
	t.Setenv("PGPORT", "1")
	c, home := setup(t)
	if url, err := c.Start(t.Context()); err != nil || url != "postgres://here" {
		t.Errorf("started as %q, %v", url, err)
	}
	if err := os.WriteFile(filepath.Join(home, "fail"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Crash(t.Context(), 0); err != nil {
		t.Errorf("one failure to start was not overcome: %v", err)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	want := []string{"destroy", "start", "stop immediate", "start", "start", "stop immediate", "unmount"}
	if diff := cmp.Diff(want, calls(t, home)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFailureSaysWhatTheScriptSaid(t *testing.T) {
	t.Parallel()
	c, home := setup(t)
	if err := os.WriteFile(filepath.Join(home, "fail"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "no luck") {
		t.Errorf("error %v, want the script's words", err)
	}
}
