package fleet

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Logged is what the logs have told.
type Logged struct {
	// Fenced are the slices that found that somebody else has their partition.
	Fenced int
	// Panics are the first lines of what no process may do.
	Panics []string
}

// readLog reads the log of one process.
func readLog(name string) (Logged, error) {
	file, err := os.Open(name)
	if err != nil {
		return Logged{}, fmt.Errorf("read a log: %w", err)
	}
	defer func() { _ = file.Close() }()
	return scanLog(file)
}

func scanLog(r io.Reader) (Logged, error) {
	var l Logged
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		l.add(bytes.TrimSpace(line))
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil {
			return l, fmt.Errorf("read a log: %w", err)
		}
	}
}

func (l *Logged) add(line []byte) {
	for _, start := range []string{"panic:", "fatal error:", "WARNING: DATA RACE"} {
		if bytes.HasPrefix(line, []byte(start)) {
			l.Panics = append(l.Panics, string(line))
		}
	}
	var entry struct {
		Msg string `json:"msg"`
	}
	if json.Unmarshal(line, &entry) == nil && strings.HasPrefix(entry.Msg, "fenced:") {
		l.Fenced++
	}
}
