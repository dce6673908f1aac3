package source_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"holdfast/internal/source"
)

// TestExplain checks that a kind's own meaning of a refusal comes first, that
// nil leaves it to the client, and that answers of success are not asked about.
func TestExplain(t *testing.T) {
	t.Parallel()
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Ratelimit-Reset", "30")
		switch r.URL.Path {
		case "/limited":
			answer(w, http.StatusBadRequest, "application/json", `{"code":"RATELIMITED"}`)
		case "/busy":
			answer(w, http.StatusServiceUnavailable, "application/json", `{"code":"LATER"}`)
		case "/fine":
			answer(w, http.StatusOK, "application/json", `{"code":"RATELIMITED"}`)
		default:
			answer(w, http.StatusBadRequest, "application/json", `{"code":"WRONG"}`)
		}
	})
	ask := func(ref string) (asked int, err *source.Error) {
		_, failed := client.Do(t.Context(), source.Request{Ref: ref, Explain: func(r *source.Response) *source.Error {
			asked++
			switch {
			case strings.Contains(string(r.Body), "RATELIMITED"):
				return r.Limited()
			case strings.Contains(string(r.Body), "LATER"):
				return r.Refused(source.Expired, "later", "says "+token+" and 100% later")
			}
			return nil
		}})
		err, _ = errors.AsType[*source.Error](failed)
		return asked, err
	}
	// An error that does not pass in moments is not tried again.
	asked, err := ask("/busy")
	if asked != 1 || err == nil || err.Kind != source.Expired || !strings.HasSuffix(err.Message, "/busy says [redacted] and 100% later") {
		t.Errorf("asked %d times: %+v", asked, err)
	}
	if asked, err := ask("/wrong"); asked != 1 || err == nil || err.Code != "bad_request" {
		t.Errorf("asked %d times: %+v", asked, err)
	}
	if asked, err := ask("/fine"); asked != 0 || err != nil {
		t.Errorf("asked %d times: %+v", asked, err)
	}
	// The last one: it closes the source.
	if asked, err := ask("/limited"); asked != 1 || err == nil || err.Kind != source.RateLimit || err.RetryAfter != 30*time.Second {
		t.Errorf("asked %d times: %+v", asked, err)
	}
}

// TestHiding checks that credentials in further headers are kept out of errors
// and found in texts that would be stored.
func TestHiding(t *testing.T) {
	t.Parallel()
	const second = "app-key/2+x"
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusForbidden
		if r.URL.Path == "/fine" {
			status = http.StatusOK
		}
		answer(w, status, "application/json", `"`+token+` app-key%2F2%2Bx `+second+`"`)
	}, func(cfg *source.ClientConfig) {
		cfg.Auth = cfg.Auth.Hiding(source.NewSecret(second), source.NewSecret(""))
	})
	if e := failure(t, client); strings.Contains(e.Sample, "app-key") || !strings.Contains(e.Sample, "[redacted]") {
		t.Errorf("the sample is %q", e.Sample)
	}
	res, err := client.Get(t.Context(), "/fine", nil)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{"": false, "page=2": false, "k=" + token: true, second: true, "k=app-key%2F2%2Bx": true} {
		if got := res.Echoes(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

func TestCheckJSON(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"a":[1]}`: "", ` null `: "", "": "not valid JSON", `{"a":`: "not valid JSON", `[] []`: "not valid JSON",
		strings.Repeat("[", 1001) + strings.Repeat("]", 1001): "nested more than 1000 levels",
		strings.Repeat("[", 1000) + strings.Repeat("]", 1000): "",
	} {
		err := source.CheckJSON([]byte(body))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: got %v, want %q", body, err, want)
		}
	}
}
