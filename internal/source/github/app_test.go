package github_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"holdfast/internal/source"
	"holdfast/internal/source/github"
	"holdfast/internal/source/sourcetest"
)

// openApp makes a source with a key that stands in the environment.
func openApp(t *testing.T, yaml, key string) (source.Source, error) {
	t.Helper()
	return sourcetest.Open(t, github.Driver(), yaml+"\napp_id: 4711\ninstallation_id: 77\nprivate_key: ${KEY}\n", key)
}

func encodeKey(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestPrivateKeyForms(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	first := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	for name, tc := range map[string]struct{ key, want string }{
		"as GitHub gives it":    {first, ""},
		"PKCS #8":               {encodeKey(t, key), ""},
		"escaped line breaks":   {strings.ReplaceAll(first, "\n", `\n`), ""},
		"of another kind":       {encodeKey(t, curve), "no RSA private key"},
		"a certificate":         {strings.ReplaceAll(first, "RSA PRIVATE KEY", "NOTHING")[:100], "no PEM file"},
		"an id in place of it":  {"Iv1.8a61f9b3a7aba766", "no PEM file"},
		"PEM that holds no key": {"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----", "no RSA private key"},
	} {
		_, err := openApp(t, "", tc.key)
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "AAAA")):
			t.Errorf("%s: got %v, want %q in it", name, err, tc.want)
		}
	}
}

// forApp serves a fake with an App, and opens a source for it.
func forApp(t *testing.T, key *rsa.PrivateKey, life time.Duration) (*fake, source.Source) {
	t.Helper()
	f := many(t, 50)
	f.installation = &installation{key: key, life: life}
	server := sourcetest.NewServer(t, f)
	src, err := openApp(t, "url: "+server.URL+"\nper_page: 20", encodeKey(t, key))
	if err != nil {
		t.Fatal(err)
	}
	return f, src
}

func TestTokensAreRenewedBeforeTheyExpire(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	for life, want := range map[time.Duration]int{time.Hour: 1, 14 * time.Minute: 4} {
		f, src := forApp(t, key, life)
		if got := listAll(t, src); len(got) != 50 {
			t.Errorf("%d repositories, want 50", len(got))
		}
		if minted := f.installation.minted; want == 1 && minted != 1 || want > 1 && minted < want {
			t.Errorf("%d tokens of %s, want %d", minted, life, want)
		}
	}
}

func TestRevokedTokenIsReplaced(t *testing.T) {
	t.Parallel()
	f, src := forApp(t, newKey(t), time.Hour)
	listAll(t, src)
	f.Change(func() { f.installation.last = "revoked" })
	if e := refusal(t, src); e.Kind != source.Configuration || e.Code != "unauthorized" {
		t.Errorf("got %+v", e)
	}
	if got := listAll(t, src); len(got) != 50 {
		t.Errorf("%d repositories with a new token, want 50", len(got))
	}
}

func TestAppThatIsNotBelieved(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	f := many(t, 1)
	f.installation = &installation{key: newKey(t), life: time.Hour}
	server := sourcetest.NewServer(t, f)
	src, err := openApp(t, "url: "+server.URL, encodeKey(t, key))
	if err != nil {
		t.Fatal(err)
	}
	if e := refusal(t, src); e.Code != "unauthorized" || !strings.Contains(e.Message, "private_key") || !strings.Contains(e.Message, "clock") {
		t.Errorf("got %+v", e)
	}
}

// TestTokenInAnUnreadableAnswer must not reach the error about that answer.
func TestTokenInAnUnreadableAnswer(t *testing.T) {
	t.Parallel()
	key := encodeKey(t, newKey(t))
	for name, answer := range map[string]struct{ contentType, body string }{
		"not JSON":  {"text/plain", `{"token":"` + installationToken + `","expires_at":"2026-11-23T08:00:00Z"}`},
		"no expiry": {"application/json", `{"token":"` + installationToken + `"}`},
		"cut short": {"application/json", `{"token":"` + installationToken},
		"a list":    {"application/json", `["token","` + installationToken + `"]`},
	} {
		server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", answer.contentType)
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(answer.body))
		}))
		src, err := openApp(t, "url: "+server.URL, key)
		if err != nil {
			t.Fatal(err)
		}
		_, err = src.Plan(t.Context())
		e, ok := errors.AsType[*source.Error](err)
		if !ok || e.Kind != source.Contract || strings.Contains(fmt.Sprintf("%+v %s", e, e.Sample), installationToken) {
			t.Errorf("%s: got %+v", name, err)
		}
	}
}
