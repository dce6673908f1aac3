package fleet_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"holdfast/chaos/fleet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script stands for the programs: it says that it is up, as they do, and waits.
// With a failpoint it kills itself, and with one that is named late it does not
// get that far the first time.
const script = `#!/bin/sh
if test "$HOLDFAST_FAILPOINT" = late && ! test -e $2.tried; then touch $2.tried; exit 1; fi
test -n "$HOLDFAST_FAILPOINT" && kill -KILL $$
echo started $0 >&2
echo "{\"msg\":\"%s ready\",\"listen\":\"127.0.0.1:1\",\"river_client\":\"$(basename $2)\"}" >&2
exec sleep 60
`

func start(t *testing.T) (*fleet.Fleet, string) {
	t.Helper()
	folder := t.TempDir()
	previous := filepath.Join(folder, "previous")
	if err := os.Mkdir(previous, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, says := range map[string]string{
		"holdfast-api": "api", "holdfast-worker": "worker", "holdfast-worker-failpoint": "worker", "previous/holdfast-api": "api",
		"previous/holdfast-worker": "worker",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), fmt.Appendf(nil, script, says), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	f, err := fleet.Start(t.Context(), fleet.Plan{
		APIs: 1, Workers: 2, Programs: folder, Previous: previous, Folder: folder, Server: "127.0.0.1:1",
		Config: func(name, address string) string { return name + " reaches Postgres at " + address },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Stop)
	ready(t, f.Ready)
	return f, folder
}

func ready(t *testing.T, wait func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := wait(ctx); err != nil {
		t.Fatal(err)
	}
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
		<-time.After(5 * time.Millisecond)
	}
}

func TestEveryProcessHasItsConfiguration(t *testing.T) {
	t.Parallel()
	f, folder := start(t)
	text, err := os.ReadFile(filepath.Join(folder, "worker-2.yaml"))
	if err != nil || string(text) != "worker-2 reaches Postgres at "+f.Workers[1].Proxy.Addr() {
		t.Errorf("the configuration is %q, %v", text, err)
	}
	if f.APIs[0].Address() != "127.0.0.1:1" {
		t.Errorf("the API listens on %q", f.APIs[0].Address())
	}
	if f.Leader("worker-2.yaml") != f.Workers[1] || f.Leader("nobody") != nil {
		t.Error("the leader is not found by the name that it logs")
	}
}

func TestKilledProcessIsReplaced(t *testing.T) {
	t.Parallel()
	f, _ := start(t)
	api := f.APIs[0]
	if err := api.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return api.Address() == "" })
	ready(t, api.Ready)
	if err := api.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := api.Signal(syscall.SIGTERM); err == nil {
		t.Error("a process that is stopped was signalled")
	}
	api.Wake()
	if err := api.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

func TestVersionsTakeTurns(t *testing.T) {
	t.Parallel()
	f, folder := start(t)
	api := f.APIs[0]
	for range 2 {
		if err := api.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() bool { return api.Address() == "" })
		ready(t, api.Ready)
	}
	log, err := os.ReadFile(filepath.Join(folder, "api-1.log"))
	if err != nil {
		t.Fatal(err)
	}
	var started []string
	for line := range strings.Lines(string(log)) {
		if program, ok := strings.CutPrefix(strings.TrimSpace(line), "started "+folder+"/"); ok {
			started = append(started, program)
		}
	}
	if diff := cmp.Diff([]string{"holdfast-api", "previous/holdfast-api", "holdfast-api"}, started); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDoomedProcessThatDoesNotGetFarIsFollowedByAnother(t *testing.T) {
	t.Parallel()
	f, _ := start(t)
	worker := f.Workers[0]
	if err := worker.Doom("late"); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return worker.Died() == 1 })
}

func TestDoomedProcessDiesOnceAndIsReplaced(t *testing.T) {
	t.Parallel()
	f, _ := start(t)
	worker := f.Workers[0]
	if err := worker.Doom("tx.written:1"); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return worker.Died() == 1 })
	ready(t, worker.Ready)
	worker.Spare()
	if err := worker.Signal(syscall.SIGTERM); err != nil || worker.Died() != 1 {
		t.Errorf("after its death: %v, died %d times", err, worker.Died())
	}
}
