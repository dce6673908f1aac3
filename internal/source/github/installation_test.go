package github_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// installation is GitHub's side of an App: it sells tokens for signed claims.
type installation struct {
	key *rsa.PrivateKey
	// life is how long a token is good for.
	life time.Duration
	// suspended is shown as the moment of suspension.
	suspended string

	minted int
	// last is the only token that is still taken.
	last string
}

func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// keyFile writes a key as GitHub gives it.
func keyFile(t *testing.T, key *rsa.PrivateKey) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "app.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	if err := os.WriteFile(name, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func (i *installation) knows(auth string) bool { return i.last != "" && auth == "Bearer "+i.last }

func (i *installation) serve(t *testing.T, w http.ResponseWriter, r *http.Request, path string) {
	t.Helper()
	if problem := i.verify(r.Header.Get("Authorization")); problem != "" {
		refuse(w, http.StatusUnauthorized, problem)
		return
	}
	switch r.Method + " " + path {
	case "POST /app/installations/77/access_tokens":
		i.minted++
		i.last = fmt.Sprintf("%s%d", installationToken, i.minted)
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"token":%q,"expires_at":%q,"permissions":{"metadata":"read"},"repository_selection":"all"}`,
			i.last, time.Now().Add(i.life).UTC().Format(time.RFC3339))
	case "GET /app/installations/77":
		suspended := "null"
		if i.suspended != "" {
			suspended = `"` + i.suspended + `"`
		}
		_, _ = fmt.Fprintf(w, `{"id":77,"account":{"login":"acme"},"permissions":{"metadata":"read","contents":"read"},`+
			`"repository_selection":"selected","suspended_at":%s}`, suspended)
	default:
		refuse(w, http.StatusNotFound, "Not Found")
	}
}

// verify reads a claim as RFC 7519 and GitHub's limits have it.
func (i *installation) verify(auth string) string {
	text, ok := strings.CutPrefix(auth, "Bearer ")
	parts := strings.Split(text, ".")
	if !ok || len(parts) != 3 {
		return "A JSON web token could not be decoded"
	}
	header, _ := base64.RawURLEncoding.DecodeString(parts[0])
	claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err != nil || rsa.VerifyPKCS1v15(&i.key.PublicKey, crypto.SHA256, sum[:], signature) != nil {
		return "A JSON web token could not be decoded"
	}
	var claim struct {
		Iat int64  `json:"iat"`
		Exp int64  `json:"exp"`
		Iss string `json:"iss"`
	}
	decoder := json.NewDecoder(bytes.NewReader(claims))
	decoder.DisallowUnknownFields()
	now := time.Now().Unix()
	switch err := decoder.Decode(&claim); {
	case err != nil || string(header) != `{"alg":"RS256","typ":"JWT"}`:
		return "A JSON web token could not be decoded"
	case claim.Iss != "4711":
		return "Integration not found"
	case claim.Iat > now-30:
		return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
	case claim.Exp <= now || claim.Exp > now+600:
		return "'Expiration time' claim ('exp') is too far in the future"
	}
	return ""
}
