package config_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/config"
)

// TestMessages holds the exact messages for each file in testdata/refused:
// they are read by people at the moment when nothing works. A file is loaded as
// the API does, or as the worker does if it says "mode: worker" at its top.
// With UPDATE_GOLDEN=1 the messages are written anew, to be read in the diff.
func TestMessages(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/refused/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in testdata/refused: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			mode := config.ForAPI
			if bytes.Contains(text, []byte("\n# mode: worker\n")) {
				mode = config.ForWorker
			}
			got := problems(t, string(text), messagesEnv(), mode)
			compareGolden(t, strings.TrimSuffix(file, ".yaml")+".txt", got+"\n")
			for _, secret := range []string{"s3cr3t", "hunter2"} {
				if strings.Contains(got, secret) {
					t.Errorf("a message shows a secret (%s)", secret)
				}
			}
		})
	}
}

// messagesEnv is the environment of the files in testdata/refused.
func messagesEnv() env {
	return env{"DATABASE_URL": "postgres:///holdfast", "SECRET": "s3cr3t-value", "SET": "set", "LISTEN": "nowhere"}
}

func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}
