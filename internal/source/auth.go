package source

import (
	"cmp"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Auth is how a client proves who it is: one header of each request. The zero
// value sends none.
type Auth struct {
	header string
	value  Secret
	// hidden are the texts that an answer may echo and no error may show.
	hidden []string
}

// BearerAuth sends "Authorization: Bearer <token>".
func BearerAuth(token Secret) Auth {
	return newAuth("Authorization", "Bearer "+token.Reveal(), token.Reveal())
}

// BasicAuth sends a user and a password as RFC 7617 has it.
func BasicAuth(user string, password Secret) Auth {
	pair := base64.StdEncoding.EncodeToString([]byte(user + ":" + password.Reveal()))
	return newAuth("Authorization", "Basic "+pair, pair, password.Reveal())
}

// HeaderAuth sends a header of the service's own, e.g. "PRIVATE-TOKEN".
func HeaderAuth(name string, value Secret) Auth {
	return newAuth(name, value.Reveal(), value.Reveal())
}

func newAuth(header, value string, hidden ...string) Auth {
	return Auth{header: header, value: NewSecret(value), hidden: spellings(hidden)}
}

// Hiding returns the same Auth, which keeps further credentials out of errors
// too: those in headers that [ClientConfig.Header] sets.
func (a Auth) Hiding(secrets ...Secret) Auth {
	values := slices.Clone(a.hidden)
	for _, secret := range secrets {
		values = append(values, secret.Reveal())
	}
	a.hidden = spellings(values)
	return a
}

// spellings lists the forms in which credentials may be echoed.
func spellings(secrets []string) []string {
	forms := make([]string, 0, 3*len(secrets))
	for _, secret := range secrets {
		forms = append(forms, secret, url.QueryEscape(secret), url.PathEscape(secret))
	}
	forms = slices.DeleteFunc(forms, func(s string) bool { return s == "" })
	// Longest first, so that no form leaves the rest of a longer one behind.
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(forms)
}

// apply sets the header of one request.
func (a Auth) apply(h http.Header) {
	if a.header != "" && !a.value.IsZero() {
		h.Set(a.header, a.value.Reveal())
	}
}

// validate refuses what no header can carry, before the first request does so
// with a worse message.
func (a Auth) validate() error {
	if strings.ContainsFunc(a.value.Reveal(), func(r rune) bool { return r < ' ' || r > '~' }) {
		return errors.New("the credential holds a line break or another character that no header can carry: check how it was copied")
	}
	return nil
}

// shows reports whether a text holds the credential.
func (a Auth) shows(text string) bool {
	return slices.ContainsFunc(a.hidden, func(s string) bool { return strings.Contains(text, s) })
}

// redact takes the credential out of a text.
func (a Auth) redact(text string) string {
	for _, secret := range a.hidden {
		text = strings.ReplaceAll(text, secret, Secret{}.String())
	}
	return text
}
