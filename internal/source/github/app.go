package github

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"holdfast/internal/source"
)

// renewBefore is how much life a token must have left to be used: more than
// the longest request can take.
const renewBefore = 15 * time.Minute

// app is access as an installation of a GitHub App. A token of the App's own,
// signed with its private key, buys a token of the installation, which is good
// for an hour and serves all partitions until it is renewed.
type app struct {
	id           string
	installation string
	key          *rsa.PrivateKey
	base         *source.Client

	// turn holds the one place to renew in. A mutex could not be waited for
	// with a context.
	turn    chan struct{}
	current *source.Client
	until   time.Time
}

func newApp(o options, base *source.Client) (*app, error) {
	key, err := parseKey(o.PrivateKey)
	if err != nil {
		return nil, err
	}
	return &app{id: o.AppID, installation: o.InstallationID, key: key, base: base, turn: make(chan struct{}, 1)}, nil
}

// client returns a client with a token of the installation, and renews it when
// it has too little life left.
func (a *app) client(ctx context.Context) (*source.Client, error) {
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a token: %w", ctx.Err())
	}
	if a.current != nil && time.Now().Before(a.until) {
		return a.current, nil
	}
	token, life, err := a.mint(ctx)
	if err != nil {
		return nil, err
	}
	client, err := a.base.WithAuth(source.BearerAuth(token))
	if err != nil {
		return nil, err
	}
	a.current, a.until = client, time.Now().Add(life-renewBefore)
	return client, nil
}

// refused throws the current token away: it may have been revoked before its
// time, and a new one may be taken.
func (a *app) refused() {
	a.turn <- struct{}{}
	a.current = nil
	<-a.turn
}

// mint asks for a new token and says how long it is good for. The request may
// be repeated: a token that nobody uses does no harm.
func (a *app) mint(ctx context.Context) (source.Secret, time.Duration, error) {
	client, err := a.asApp(time.Now())
	if err != nil {
		return source.Secret{}, 0, err
	}
	res, err := client.Do(ctx, source.Request{
		Method:  http.MethodPost,
		Ref:     "/app/installations/" + a.installation + "/access_tokens",
		Explain: explainApp,
	})
	if err != nil {
		return source.Secret{}, 0, withoutToken(err)
	}
	fields, err := readObject(res)
	if err != nil {
		return source.Secret{}, 0, withoutToken(err)
	}
	token, expires := fields.Text("token"), fields.Time("expires_at")
	if fields.Err() != nil || token == nil || *token == "" || expires == nil {
		return source.Secret{}, 0, withoutToken(res.Invalid("no_token", "it holds no token and expires_at"))
	}
	// By the service's clock, which may not be ours.
	now := time.Now()
	if date, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		now = date
	}
	return source.NewSecret(*token), expires.Sub(now), nil
}

// asApp returns a client that is the App itself.
func (a *app) asApp(now time.Time) (*source.Client, error) {
	signed, err := signedClaim(a.key, a.id, now)
	if err != nil {
		return nil, err
	}
	return a.base.WithAuth(source.BearerAuth(signed))
}

// about asks as the App itself what the installation may see.
func (a *app) about(ctx context.Context) (*source.Response, error) {
	client, err := a.asApp(time.Now())
	if err != nil {
		return nil, err
	}
	return client.Do(ctx, source.Request{Ref: "/app/installations/" + a.installation, Explain: explainApp})
}

// withoutToken keeps a token that an answer brought out of the error about
// that answer: the client cannot know it yet.
func withoutToken(err error) error {
	if e, ok := errors.AsType[*source.Error](err); ok && strings.Contains(e.Sample, "token") {
		e.Sample = "(left out, because it may hold a token)"
	}
	return err
}
