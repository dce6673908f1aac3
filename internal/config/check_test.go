package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/config"
)

// checked runs Check and returns its report with the folder taken out.
func checked(t *testing.T, path string, environ env) (string, error) {
	t.Helper()
	var report strings.Builder
	err := config.Check(&report, path, environ.get, drivers())
	return strings.ReplaceAll(report.String(), filepath.Dir(path)+"/", ""), err
}

func TestCheckReportsEachSource(t *testing.T) {
	t.Parallel()
	path := write(t, complete, map[string]string{"token": "short"})
	if err := os.Chmod(filepath.Join(filepath.Dir(path), "token"), 0o604); err != nil {
		t.Fatal(err)
	}
	got, err := checked(t, path, completeEnv())
	want := `source new          forge  ok
source old.forge-2  forge  ok, disabled
holdfast.yaml:16:17: token_file: every user of this machine can read the file; run chmod o-r on it (warning)
holdfast.yaml:16:17: token: is shorter than 16 characters and may be guessed; make one with: openssl rand -hex 32 (warning)
holdfast.yaml: ok
`
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, report (-want +got):\n%s", err, diff)
	}
}

func TestCheckReportsProblems(t *testing.T) {
	t.Parallel()
	path := write(t, `
database_url: ${DB}
api:
  listen: :8001
sources:
- name: good
  kind: forge
  url: https://x
- name: bad
  kind: forge
  url: http://x
- name: worse
  kind: forge
  absent_runs: 0
  urll: x
- name: ${DB}
  kind: nothing
`, nil)
	got, err := checked(t, path, env{"DB": "postgres://u:hunter2@h/d"})
	want := `source good   forge  ok
source bad    forge  1 problem
source worse  forge  2 problems
source -      -      2 problems
holdfast.yaml:11:8: url "http://x" with token  is no https address: write https://…
holdfast.yaml:14:16: absent_runs: "0" is out of range; write 1 to 1000
holdfast.yaml:15:3: unknown key "urll"; did you mean "url"?
holdfast.yaml:16:9: name: is stored and shown, so it may not come from the environment; write it into the file
holdfast.yaml:17:9: kind: "nothing" is not known here; write forge or file
holdfast.yaml:4:11: listen: without api.tokens everyone who reaches this address may start and cancel syncs (warning)
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	if want := path + ": 5 problems"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestCheckWithoutFile(t *testing.T) {
	t.Parallel()
	if got, err := checked(t, filepath.Join(t.TempDir(), "none.yaml"), nil); err == nil || got != "" {
		t.Errorf("report %q, error %v", got, err)
	}
}

// errFull is what a full disk or a closed pipe says.
var errFull = errors.New("no space left")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestCheckReportsFailedWrites(t *testing.T) {
	t.Parallel()
	path := write(t, complete, map[string]string{"token": "a-long-token-of-the-ci"})
	if err := config.Check(fullDisk{}, path, completeEnv().get, drivers()); !errors.Is(err, errFull) {
		t.Errorf("error %v, want %v", err, errFull)
	}
}
