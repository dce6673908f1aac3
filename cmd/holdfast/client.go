package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"holdfast/internal/openapi"
)

const (
	// patience is how long an API that restarts is waited for once it has
	// answered; before that it may as well be the wrong address.
	patience = 2 * time.Minute
	// firstPatience is for calls that begin something: an answer that was lost
	// is asked for again.
	firstPatience = 5 * time.Second
	// callTimeout bounds every call: a decision about deletions may take a
	// minute.
	callTimeout = 90 * time.Second
	// firstPause and maxPause bound the pauses between two tries.
	firstPause = 200 * time.Millisecond
	maxPause   = 5 * time.Second
	// maxAnswer bounds what is read of a refusal.
	maxAnswer = 1 << 20
)

// newClient makes the generated client on top of our doer.
func newClient(base, token string) (*openapi.ClientWithResponses, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("the URL %q is not one of an API: it should look like %s", base, defaultURL)
	}
	return openapi.NewClientWithResponses(base, openapi.WithHTTPClient(&doer{
		base: base, token: token, client: &http.Client{Timeout: callTimeout},
	}))
}

// doer sends requests, and makes errors of answers that are refusals.
type doer struct {
	base, token string
	client      *http.Client
}

// Do sends one request. The error is an [*unreachableError] or a [*refusal].
func (d *doer) Do(request *http.Request) (*http.Response, error) {
	request.Header.Set("User-Agent", "holdfast/"+version)
	if d.token != "" {
		request.Header.Set("Authorization", "Bearer "+d.token)
	}
	response, err := d.client.Do(request) //nolint:gosec // the address is the user's own
	if err != nil {
		if ctxErr := request.Context().Err(); errors.Is(ctxErr, context.Canceled) {
			return nil, ctxErr
		}
		return nil, &unreachableError{url: d.base, cause: cause(err)}
	}
	if response.StatusCode < http.StatusBadRequest {
		return response, nil
	}
	defer func() { _ = response.Body.Close() }()
	r := &refusal{status: response.StatusCode}
	// A body that is no problem leaves it empty: the answer of a proxy.
	_ = json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&r.problem)
	return nil, r
}

// cause leaves out what [*url.Error] repeats.
func cause(err error) error {
	if urlErr, ok := errors.AsType[*url.Error](err); ok {
		return urlErr.Err
	}
	return err
}

// passing reports whether an error may be gone at the next try: the API
// restarts, its database does, or it asks for a pause.
func passing(err error) bool {
	if _, ok := errors.AsType[*unreachableError](err); ok {
		return true
	}
	r, ok := errors.AsType[*refusal](err)
	return ok && (r.status == http.StatusTooManyRequests || r.status >= http.StatusInternalServerError)
}

// patiently repeats a call as long as its error may pass. Only calls that are
// harmless to repeat come here: GETs, and POSTs with an Idempotency-Key.
func patiently[T any](ctx context.Context, a *app, limit time.Duration, call func() (T, error)) (T, error) {
	begin, pause := time.Now(), firstPause
	for {
		result, err := call()
		if err == nil || !passing(err) || time.Since(begin) >= limit {
			return result, err
		}
		a.screen.note("the API does not answer; trying again")
		select {
		case <-ctx.Done():
			return result, ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, maxPause)
	}
}

// shown returns what an answer holds, or an error when it is no answer of
// Holdfast's: some other server, or a proxy's sign-in page.
func shown[T any](value *T) (*T, error) {
	if value == nil {
		return nil, &refusal{status: http.StatusOK}
	}
	return value, nil
}
