package github

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// TestClaimUnderClockDrift holds claims against what GitHub demands by its own
// clock: issued in the past, not over, and over in ten minutes at most.
func TestClaimUnderClockDrift(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	there := time.Unix(1_700_000_000, 0)
	for _, test := range []struct {
		name  string
		drift time.Duration
		good  bool
	}{
		{"none", 0, true},
		{"ahead, as far as is allowed for", claimDrift, true},
		{"further ahead", claimDrift + time.Second, false},
		{"behind", -8 * time.Minute, true},
		{"so far behind that it is over", -claimLife, false},
	} {
		claim, err := signedClaim(key, "12", there.Add(test.drift))
		if err != nil {
			t.Fatal(err)
		}
		issued, over := times(t, claim.Reveal())
		good := !issued.After(there) && over.After(there) && !over.After(there.Add(10*time.Minute))
		if good != test.good {
			t.Errorf("%s: issued %s, over %s; GitHub takes it: %t, want %t", test.name, issued.Sub(there), over.Sub(there), good, test.good)
		}
	}
}

// times reads when a token was issued and when it is over.
func times(t *testing.T, token string) (issued, over time.Time) {
	t.Helper()
	body, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Iat int64 `json:"iat"`
		Exp int64 `json:"exp"`
	}
	if err := json.Unmarshal(body, &claims); err != nil {
		t.Fatal(err)
	}
	return time.Unix(claims.Iat, 0), time.Unix(claims.Exp, 0)
}
