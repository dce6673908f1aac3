package report

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// Machine is where a run took place, as far as it matters for its figures.
type Machine struct {
	CPU      string `json:"cpu"`
	Cores    int    `json:"cores"`
	MemoryMB int64  `json:"memory_mb"`
	OS       string `json:"os"`
	Go       string `json:"go"`
	Postgres string `json:"postgres"`
	// Settings are the server's settings that decide about its speed.
	Settings string `json:"settings"`
	// SyncMicros is how long the server's disk takes to make a small commit
	// durable, in microseconds: the floor under everything that commits.
	SyncMicros float64 `json:"sync_micros"`
	// Load is the load average at the start: other work on the machine.
	Load string `json:"load"`
}

// unknown stands for what the system does not tell.
const unknown = "unknown"

// ThisMachine describes the machine, without the database's part.
func ThisMachine() Machine {
	m := Machine{
		Cores: runtime.NumCPU(), OS: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(), CPU: unknown, Load: unknown,
	}
	if file, err := os.Open("/proc/cpuinfo"); err == nil {
		m.CPU = field(file, "model name")
		_ = file.Close()
	}
	if file, err := os.Open("/proc/meminfo"); err == nil {
		var kib int64
		if _, err := fmt.Sscanf(field(file, "MemTotal"), "%d", &kib); err == nil {
			m.MemoryMB = kib / 1024
		}
		_ = file.Close()
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load, _, _ = strings.Cut(string(text), " ")
	}
	return m
}

// field finds the first "name : value" of a file of that form.
func field(r io.Reader, name string) string {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		key, value, found := strings.Cut(lines.Text(), ":")
		if found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return unknown
}

// String describes the machine in two sentences.
func (m Machine) String() string {
	return fmt.Sprintf("%s, %d cores, %d MB of memory, %s, %s; load average at the start %s. "+
		"PostgreSQL %s with %s; a commit takes %.0f µs to be durable.",
		m.CPU, m.Cores, m.MemoryMB, m.OS, m.Go, m.Load, m.Postgres, m.Settings, m.SyncMicros)
}
