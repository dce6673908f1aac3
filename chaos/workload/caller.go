package workload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"holdfast/internal/openapi"
)

// callTimeout is how long a client waits for an answer.
const callTimeout = 8 * time.Second

// errNoAPI is returned while no API is up.
var errNoAPI = errors.New("no API is up")

// Caller sends requests to any API that is up.
type Caller struct {
	// Addresses are those of the APIs; an empty one is not up.
	Addresses func() []string
	// Dice choose among them.
	Dice *rand.Rand
}

// answer is a response.
type answer struct {
	// called is when the request was sent.
	called time.Time
	status int
	body   []byte
}

// uncertain reports whether the answer leaves open what happened, or happens
// for reasons that pass: the request is then to be repeated. The latter include
// an earlier call with the same key that nobody waits for any more, but that is
// still being worked on.
func (a answer) uncertain() bool {
	return a.status == http.StatusServiceUnavailable || a.status == http.StatusTooManyRequests ||
		a.status == http.StatusConflict && a.problem() == "idempotency_key_in_flight"
}

// problem is the code of the problem that the answer is, or empty.
func (a answer) problem() string {
	problem, err := decode[openapi.Problem](a)
	if err != nil {
		return ""
	}
	return problem.Code
}

// call sends a request once. The error is that of the transport: nobody knows
// what happened.
func (c *Caller) call(ctx context.Context, method, path, body string, header ...string) (answer, error) {
	var up []string
	for _, address := range c.Addresses() {
		if address != "" {
			up = append(up, address)
		}
	}
	if len(up) == 0 {
		return answer{}, errNoAPI
	}
	called := time.Now()
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	url := "http://" + up[c.Dice.IntN(len(up))] + path
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return answer{called: called, status: response.StatusCode, body: text}, err
}

// insist repeats a request until it is answered for certain.
func (c *Caller) insist(ctx context.Context, method, path, body string, header ...string) (answer, error) {
	for {
		a, err := c.call(ctx, method, path, body, header...)
		if err == nil && !a.uncertain() {
			return a, nil
		}
		select {
		case <-time.After(time.Duration(100+c.Dice.IntN(400)) * time.Millisecond):
		case <-ctx.Done():
			return a, fmt.Errorf("%s %s: no certain answer: %w", method, path, errors.Join(ctx.Err(), err))
		}
	}
}

func decode[T any](a answer) (T, error) {
	var value T
	if err := json.Unmarshal(a.body, &value); err != nil {
		return value, fmt.Errorf("read the answer %q: %w", a.body, err)
	}
	return value, nil
}
