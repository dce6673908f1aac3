package github_test

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/internal/config"
	"holdfast/internal/source"
	"holdfast/internal/source/github"
)

// TestExamplesOfThePage loads each example of docs/sources/github.md.
func TestExamplesOfThePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/sources/github.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	key := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(newKey(t))})
	if err := os.Mkdir(filepath.Join(dir, "secrets"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secrets", "github-app.pem"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	examples := strings.Split(string(page), "```yaml\n")[1:]
	if len(examples) != 2 {
		t.Errorf("%d examples, want 2", len(examples))
	}
	for _, example := range examples {
		text, _, _ := strings.Cut(example, "```")
		text = "database_url: postgres:///holdfast\nsources:\n" + strings.TrimPrefix(text, "sources:\n")
		file := filepath.Join(dir, "holdfast.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := config.Load(file, func(string) string { return token }, config.ForWorker, []source.Driver{github.Driver()}); err != nil {
			t.Errorf("%s\n%v", text, err)
		}
	}
}
