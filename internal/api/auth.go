package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"github.com/labstack/echo/v4"
)

// Role is what a caller may do.
type Role string

// The roles: a reader may GET, an operator may also POST.
const (
	Reader   Role = "reader"
	Operator Role = "operator"
)

// anonymous is the caller where no tokens are configured.
const anonymous = "anonymous"

// Token is a caller that the configuration names.
type Token struct {
	Name   string
	Secret string
	Role   Role
}

// caller is who sent a request.
type caller struct {
	name string
	role Role
}

// authenticator knows callers by the digests of their tokens: digests have one
// length, so that comparing them takes the same time whatever was sent.
type authenticator struct {
	callers []caller
	digests [][sha256.Size]byte
}

func newAuthenticator(tokens []Token) *authenticator {
	a := &authenticator{}
	for _, t := range tokens {
		a.callers = append(a.callers, caller{name: t.Name, role: t.Role})
		a.digests = append(a.digests, sha256.Sum256([]byte(t.Secret)))
	}
	return a
}

// require lets only callers of a role through; everybody when it is empty.
func (a *authenticator) require(role Role) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if role == "" {
				return next(c)
			}
			who, err := a.authenticate(c.Request().Header.Get(echo.HeaderAuthorization))
			if err != nil {
				return err
			}
			c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), callerKey{}, who)))
			if role == Operator && who.role != Operator {
				return forbidden(who.name)
			}
			return next(c)
		}
	}
}

// authenticate finds the caller of an Authorization header.
func (a *authenticator) authenticate(header string) (caller, error) {
	if len(a.callers) == 0 {
		return caller{name: anonymous, role: Operator}, nil
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "bearer") || token == "" {
		return caller{}, unauthorized("Send Authorization: Bearer followed by a token of the configuration.")
	}
	digest := sha256.Sum256([]byte(strings.TrimSpace(token)))
	found := -1
	for i := range a.digests {
		// No early exit: the time must not tell which token came close.
		if subtle.ConstantTimeCompare(digest[:], a.digests[i][:]) == 1 {
			found = i
		}
	}
	if found < 0 {
		return caller{}, unauthorized("The token is not in the configuration (api.tokens); check it for typing errors and for its age.")
	}
	return a.callers[found], nil
}

type callerKey struct{}

// callerOf returns who sent the request of a context; nobody on routes that
// ask no one.
func callerOf(ctx context.Context) caller {
	who, _ := ctx.Value(callerKey{}).(caller)
	return who
}
