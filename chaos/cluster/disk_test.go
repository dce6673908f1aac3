package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// onDisk returns a cluster without a server, whose log says what a server does
// that has no room.
func onDisk(t *testing.T) *Cluster {
	t.Helper()
	c := &Cluster{script: "true", home: t.TempDir(), disk: "1m"}
	if err := os.Mkdir(filepath.Join(c.home, "disk"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.home, "log"), []byte("an old line: "+diskFull+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFillDisk(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root may mount a file system to be filled")
	}
	c := onDisk(t)
	disk := filepath.Join(c.home, "disk")
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("this machine lets nobody mount a file system:", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, 0) })
	write := func() error { return os.WriteFile(filepath.Join(disk, "more"), make([]byte, 8192), 0o600) }
	hits, err := c.FillDisk(t.Context(), func(full func() bool) {
		deadline := time.Now().Add(time.Minute)
		for write() == nil && time.Now().Before(deadline) {
			_ = os.Remove(filepath.Join(disk, "more"))
			<-time.After(time.Millisecond)
		}
		if full() {
			t.Error("what was in the log before counts")
		}
		if err := os.WriteFile(filepath.Join(c.home, "log"), []byte("an old line: "+diskFull+"\nPANIC: "+diskFull+"\n"), 0o600); err != nil {
			t.Error(err)
		}
		if !full() {
			t.Error("what the server says does not count")
		}
	})
	if hits != 1 || err != nil {
		t.Errorf("%d hits, %v", hits, err)
	}
	if err := write(); err != nil {
		t.Errorf("there is no room afterwards: %v", err)
	}
}

func TestOnlyADiskOfItsOwnIsFilled(t *testing.T) {
	t.Parallel()
	c := onDisk(t)
	_, err := c.FillDisk(t.Context(), func(func() bool) { t.Error("the machine's disk was filled") })
	if err == nil || !strings.Contains(err.Error(), "not mounted") {
		t.Errorf("error %v, want one that says that the disk is not mounted", err)
	}
	if _, err := new(Cluster).FillDisk(t.Context(), nil); err == nil {
		t.Error("the disk of a cluster that has none was filled")
	}
}
