// Package e2e_test runs the built programs against a real Postgres and a sample
// forge, does to them what happens in production, and then looks whether
// anything was lost, doubled or claimed without being true. Every test ends
// with the check of the invariants I1 to I12; see package invariants.
package e2e_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"go.uber.org/goleak"
)

// The programs under test, by the name of their file in the folder of binaries.
const (
	apiProgram    = "holdfast-api"
	workerProgram = "holdfast-worker"
	// Those that have failpoints.
	dyingAPIProgram    = "holdfast-api-failpoint"
	dyingWorkerProgram = "holdfast-worker-failpoint"
)

// binaries is the folder of the programs.
var binaries string

func TestMain(m *testing.M) {
	os.Exit(runTests(m)) //nolint:forbidigo // TestMain is a main
}

func runTests(m *testing.M) int {
	flag.Parse()
	raiseParallelism()
	dir, err := os.MkdirTemp("", "holdfast-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binaries = dir
	for name, args := range map[string][]string{
		apiProgram:         {"../../cmd/api"},
		workerProgram:      {"../../cmd/worker"},
		dyingAPIProgram:    {"-tags", "failpoint", "../../cmd/api"},
		dyingWorkerProgram: {"-tags", "failpoint", "../../cmd/worker"},
	} {
		if err := build(name, args...); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	code := m.Run()
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func build(name string, args ...string) error {
	command := exec.Command("go", append([]string{"build", "-buildvcs=false", "-o", filepath.Join(binaries, name)}, args...)...)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", name, err, output)
	}
	return nil
}

// raiseParallelism runs more tests at a time than there are cores, unless the
// caller chose a number: they spend their time waiting for leases to run out.
func raiseParallelism() {
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		_ = flag.Set("test.parallel", strconv.Itoa(3*runtime.GOMAXPROCS(0)))
	}
}
