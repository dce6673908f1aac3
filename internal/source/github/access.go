package github

import (
	"context"

	"holdfast/internal/source"
)

// access gives a client with credentials that are good for the next request.
type access interface {
	client(ctx context.Context) (*source.Client, error)
	// refused is told that the service did not take the credentials.
	refused()
}

// newAccess makes the access that the options ask for.
func newAccess(o options, client *source.Client) (access, error) {
	if !o.app() {
		return fixed{client}, nil
	}
	return newApp(o, client)
}

// fixed is access by a token, or by none.
type fixed struct{ only *source.Client }

func (f fixed) client(context.Context) (*source.Client, error) { return f.only, nil }

// refused changes nothing: there is no other token.
func (f fixed) refused() {}
