package github

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"holdfast/internal/source"
)

const (
	// claimDrift is how far our clock may be ahead of GitHub's, as GitHub
	// itself recommends.
	claimDrift = time.Minute
	// claimLife stays below the ten minutes that GitHub allows, by that drift.
	claimLife = 9 * time.Minute
)

// signedClaim makes the JSON Web Token with which an App proves who it is
// (RFC 7519, signed with RS256). It is good for minutes.
func signedClaim(key *rsa.PrivateKey, id string, now time.Time) (source.Secret, error) {
	issuer, err := json.Marshal(id)
	if err != nil {
		return source.Secret{}, fmt.Errorf("write app_id: %w", err)
	}
	claims := fmt.Appendf(nil, `{"iat":%d,"exp":%d,"iss":%s}`, now.Add(-claimDrift).Unix(), now.Add(claimLife).Unix(), issuer)
	text := encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return source.Secret{}, fmt.Errorf("sign with private_key: %w", err)
	}
	return source.NewSecret(text + "." + encode(signature)), nil
}

func encode(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// parseKey reads the private key as GitHub gives it (PKCS #1), or converted to
// PKCS #8. Its errors never quote it.
func parseKey(secret source.Secret) (*rsa.PrivateKey, error) {
	// A variable of the environment often holds \n where line breaks belong;
	// PEM itself has no backslash.
	block, _ := pem.Decode([]byte(strings.ReplaceAll(secret.Reveal(), `\n`, "\n")))
	if block == nil {
		return nil, errors.New("private_key is no PEM file: write private_key_file with the path of the .pem that GitHub gave for the App")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if key, ok := parsed.(*rsa.PrivateKey); ok && err == nil {
		return key, nil
	}
	return nil, errors.New("private_key holds no RSA private key: use the .pem that GitHub gave for the App, as it is")
}
