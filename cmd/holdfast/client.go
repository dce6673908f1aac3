package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

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
	if err != nil {
		return nil, usageError(fmt.Errorf("the URL is not one of an API (%w): it should look like %s", cause(err), defaultURL), urlHint)
	}
	if u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usageError(fmt.Errorf("the URL %q is not one of an API: it should look like %s", u.Redacted(), defaultURL), urlHint)
	}
	token = strings.TrimSpace(token)
	if strings.ContainsFunc(token, unicode.IsControl) {
		return nil, usageError(errors.New("the token has a control character in it, such as a line break"), "Set it with $HOLDFAST_TOKEN.")
	}
	return openapi.NewClientWithResponses(base, openapi.WithHTTPClient(&doer{
		base: u, token: token, client: &http.Client{Timeout: callTimeout, CheckRedirect: stay},
	}))
}

// urlHint says where the URL comes from.
const urlHint = "Set it with --url or $HOLDFAST_URL."

// stay follows no redirect: a POST would arrive as a GET, without its body.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// doer sends requests, and makes errors of answers that are refusals.
type doer struct {
	base   *url.URL
	token  string
	client *http.Client
}

// Do sends one request and reads its whole answer: one that is cut off is as
// good as none. The error is an [*unreachableError] or a [*refusal].
func (d *doer) Do(request *http.Request) (*http.Response, error) {
	request.Header.Set("User-Agent", "holdfast/"+version)
	if d.token != "" {
		request.Header.Set("Authorization", "Bearer "+d.token)
	}
	response, body, err := d.exchange(request)
	if err != nil {
		if ctxErr := request.Context().Err(); errors.Is(ctxErr, context.Canceled) {
			return nil, ctxErr
		}
		return nil, &unreachableError{url: d.base.Redacted(), cause: cause(err)}
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if response.StatusCode < http.StatusMultipleChoices || response.StatusCode == http.StatusNotModified {
		return response, nil
	}
	r := &refusal{status: response.StatusCode}
	if response.StatusCode < http.StatusBadRequest {
		if to, err := response.Location(); err == nil {
			r.redirect = d.redirect(request.URL, to)
		}
		return nil, r
	}
	// A body that is no problem leaves it empty: the answer of a proxy.
	_ = json.Unmarshal(body, &r.problem)
	return nil, r
}

// exchange sends a request and reads what is answered; of a refusal no more
// than it may need.
func (d *doer) exchange(request *http.Request) (*http.Response, []byte, error) {
	response, err := d.client.Do(request) //nolint:gosec // the address is the user's own
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	var reader io.Reader = response.Body
	if response.StatusCode >= http.StatusMultipleChoices {
		reader = io.LimitReader(reader, maxAnswer)
	}
	body, err := io.ReadAll(reader)
	return response, body, err
}

// redirect says where an answer points to, and how to call the API there if it
// is the same request at another address.
func (d *doer) redirect(from, to *url.URL) string {
	base := *to
	base.RawQuery, base.Fragment, base.RawPath = "", "", ""
	call := strings.TrimPrefix(from.Path, strings.TrimSuffix(d.base.Path, "/"))
	path, same := strings.CutSuffix(to.Path, call)
	if !same {
		return fmt.Sprintf("%s redirects to %s, which is not Holdfast's; check --url", d.base.Redacted(), base.Redacted())
	}
	base.Path = path
	return fmt.Sprintf("%s redirects to %s; set --url to that", d.base.Redacted(), base.Redacted())
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
	if value == nil || !whole(value) {
		return nil, errForeign
	}
	return value, nil
}

// whole reports whether an answer has what none of Holdfast's lacks: any JSON
// object can be read as any of them.
func whole(answer any) bool {
	switch a := answer.(type) {
	case *openapi.Job:
		return a.ID != ""
	case *openapi.StartedJobs:
		return a.Jobs != nil && !slices.ContainsFunc(a.Jobs, func(j openapi.Job) bool { return j.ID == "" })
	case *openapi.JobList:
		return a.Jobs != nil
	case *openapi.EventList:
		return a.Events != nil
	case *openapi.SourceList:
		return a.Sources != nil
	case *openapi.SourceCheck:
		return a.ID != ""
	case *openapi.ProjectList:
		return a.Projects != nil
	case *openapi.Deletions:
		return a.Plan.JobID != "" && a.Rows != nil
	case *openapi.DeletionPlan:
		return a.JobID != ""
	}
	return false
}

// understood makes of an answer that cannot be decoded the refusal that it is.
func understood(err error) error {
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, kind := errors.AsType[*json.UnmarshalTypeError](err)
	_, stamp := errors.AsType[*time.ParseError](err)
	if syntax || kind || stamp {
		return errForeign
	}
	return err
}
