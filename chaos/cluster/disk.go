package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// diskFull is how the server's log says it.
const diskFull = "No space left on device"

// topUpEvery is how soon room that the server makes is taken from it again.
const topUpEvery = 50 * time.Millisecond

// FillDisk leaves no room on the cluster's disk while during runs, and sees to
// it that the server is up afterwards: without room for its WAL it panics, and
// may find no room to recover in either. It returns how often the server said
// that its disk is full.
func (c *Cluster) FillDisk(ctx context.Context, during func(full func() bool)) (int, error) {
	if c.disk == "" {
		return 0, errors.New("the cluster has no disk of its own")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.ownDisk(); err != nil {
		return 0, err
	}
	begun, err := c.logged(0)
	if err != nil {
		return 0, err
	}
	ballast, err := os.Create(filepath.Join(c.home, "disk", "ballast"))
	if err != nil {
		return 0, fmt.Errorf("fill the disk: %w", err)
	}
	topUp, stop := context.WithCancel(ctx)
	filled := make(chan error, 1)
	go func() { filled <- keepFull(topUp, ballast) }()
	during(func() bool {
		said, err := c.logged(len(begun))
		return err == nil && bytes.Contains(said, []byte(diskFull))
	})
	stop()
	err = errors.Join(<-filled, ballast.Close(), os.Remove(ballast.Name()), c.up(ctx))
	said, logErr := c.logged(len(begun))
	return bytes.Count(said, []byte(diskFull)), errors.Join(err, logErr)
}

// ownDisk makes sure that it is the cluster's disk and not the machine's that
// is going to be filled.
func (c *Cluster) ownDisk() error {
	var folder, disk syscall.Stat_t
	if err := errors.Join(syscall.Stat(c.home, &folder), syscall.Stat(filepath.Join(c.home, "disk"), &disk)); err != nil {
		return fmt.Errorf("look at the cluster's disk: %w", err)
	}
	if folder.Dev == disk.Dev {
		return errors.New("the cluster's disk is not mounted")
	}
	return nil
}

// keepFull lets a file take whatever room there is until the context ends.
func keepFull(ctx context.Context, file *os.File) error {
	ticker := time.NewTicker(topUpEvery)
	defer ticker.Stop()
	for size := int64(0); ; {
		var err error
		if size, err = fill(file, size); err != nil {
			return fmt.Errorf("fill the disk: %w", err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// fill extends a file until not a block more fits, and returns its size.
func fill(file *os.File, size int64) (int64, error) {
	const largest, block = 1 << 30, 4096
	for part := int64(largest); part >= block; {
		err := syscall.Fallocate(int(file.Fd()), 0, size, part)
		switch {
		case err == nil:
			size += part
		case errors.Is(err, syscall.ENOSPC):
			part /= 2
		case !errors.Is(err, syscall.EINTR):
			return size, err
		}
	}
	return size, nil
}

// logged returns what the server has written to its log from an offset on.
func (c *Cluster) logged(from int) ([]byte, error) {
	log, err := os.Open(filepath.Join(c.home, "log"))
	if err != nil {
		return nil, fmt.Errorf("read the server's log: %w", err)
	}
	defer func() { _ = log.Close() }()
	if _, err := log.Seek(int64(from), io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the server's log: %w", err)
	}
	return io.ReadAll(log)
}
