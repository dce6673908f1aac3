package daemon_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"holdfast/internal/daemon"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, script string, line func([]byte)) *daemon.Process {
	t.Helper()
	p, err := daemon.Start(daemon.Command{
		Program: "/bin/sh", Args: []string{"-c", script}, Env: []string{"GREETING=up"}, Ready: "up", Line: line,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

func TestReadyTellsWhatTheLogSays(t *testing.T) {
	t.Parallel()
	var lines []string
	p := start(t, `echo starting >&2; echo "{\"msg\":\"$GREETING\",\"listen\":\"127.0.0.1:1\"}" >&2; exec sleep 60`,
		func(line []byte) { lines = append(lines, string(line)) })
	if entry := <-p.Ready(); entry["listen"] != "127.0.0.1:1" {
		t.Errorf("ready with %v", entry)
	}
	p.Kill()
	if got := strings.Join(lines, "|"); !strings.HasPrefix(got, "starting|{") {
		t.Errorf("lines %q", got)
	}
	if !p.Killed() {
		t.Error("it was killed, and does not say so")
	}
	if err := p.Signal(syscall.SIGTERM); err == nil {
		t.Error("a signal reached a process that is gone")
	}
}

func TestEndedByItself(t *testing.T) {
	t.Parallel()
	p := start(t, "exit 3", nil)
	select {
	case <-p.Ended():
	case <-time.After(30 * time.Second):
		t.Fatal("the end was not noticed")
	}
	if p.Killed() {
		t.Error("it says that it was killed")
	}
	select {
	case entry := <-p.Ready():
		t.Errorf("ready with %v", entry)
	default:
	}
}

func TestProgramThatIsNotThere(t *testing.T) {
	t.Parallel()
	if _, err := daemon.Start(daemon.Command{Program: "/nowhere/holdfast"}); err == nil || !strings.Contains(err.Error(), "/nowhere/holdfast") {
		t.Errorf("error %v, want one that names the program", err)
	}
}
