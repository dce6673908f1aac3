// Package journal keeps what the clients of a run were told, outside the system
// under test, and finds out whether it was true. A client writes a line, and
// waits until the disk has it, when it has received a 202 and when it has seen
// rows or a job's end. What is in a journal was promised: whatever crashed
// afterwards, the database must have it in the end.
package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Record is one line. One of Accepted, Ended and Rows is set.
type Record struct {
	At time.Time `json:"at"`
	// Accepted is a POST that was answered with 202.
	Accepted *Accepted `json:"accepted,omitempty"`
	// Ended is a job that was seen in a terminal state, or in any by a client
	// that had seen it end.
	Ended *Ended `json:"ended,omitempty"`
	// Rows are rows of the table that were seen.
	Rows []Row `json:"rows,omitempty"`
}

// Accepted is what a 202 promised.
type Accepted struct {
	// Key is the request's Idempotency-Key, if it had one.
	Key  string   `json:"key,omitempty"`
	Jobs []string `json:"jobs"`
}

// Ended is how a job ended.
type Ended struct {
	Job    string `json:"job"`
	Status string `json:"status"`
}

// Row is a row of the table projects as it was seen.
type Row struct {
	ID string `json:"id"`
	// ChangedAt is its version: last_changed_at.
	ChangedAt time.Time `json:"changed_at"`
}

// Journal is the journal of one client. It is safe for concurrent use.
type Journal struct {
	mu   sync.Mutex
	file *os.File
}

// Create begins a journal in a new file.
func Create(name string) (*Journal, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("begin a journal: %w", err)
	}
	return &Journal{file: file}, nil
}

// Append writes a record and returns once the disk has it.
func (j *Journal) Append(r Record) error {
	r.At = time.Now().UTC()
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode a record of the journal: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("sync the journal: %w", err)
	}
	return nil
}

// Close ends the journal and returns what it says, read back from the file.
func (j *Journal) Close() ([]Record, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	defer func() { _ = j.file.Close() }()
	if _, err := j.file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return read(j.file)
}

func read(r io.Reader) ([]Record, error) {
	var records []Record
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var record Record
			if err := json.Unmarshal(line, &record); err != nil {
				return records, fmt.Errorf("line %d of the journal: %w", len(records)+1, err)
			}
			records = append(records, record)
		}
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return records, fmt.Errorf("read the journal: %w", err)
		}
	}
}
