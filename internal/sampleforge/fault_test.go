package sampleforge_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/sampleforge"
)

// pageOf reads a page of the ascending offset listing.
func pageOf(t interface{ Fatal(args ...any) }, forge *sampleforge.Forge, page int) []int64 {
	r := httptest.NewRequest(http.MethodGet, fmt.Sprintf("/api/v4/projects?order_by=id&sort=asc&per_page=17&page=%d", page), nil)
	w := httptest.NewRecorder()
	forge.ServeHTTP(w, r)
	var projects []struct {
		ID int64 `json:"id"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &projects); err != nil {
		t.Fatal(err)
	}
	var found []int64
	for _, p := range projects {
		found = append(found, p.ID)
	}
	return found
}

func inject(t *testing.T, forge *sampleforge.Forge, fault sampleforge.Fault) {
	t.Helper()
	if err := forge.Inject(fault); err != nil {
		t.Fatal(err)
	}
}

func TestFaultsHitTheRequestsTheyAreMeantFor(t *testing.T) {
	t.Parallel()
	forge := sampleforge.New(sampleforge.Options{Projects: 10})
	inject(t, forge, sampleforge.Fault{Kind: sampleforge.FaultRateLimit, After: 1, Count: 2, RetryAfter: 1500 * time.Millisecond})
	inject(t, forge, sampleforge.Fault{Kind: sampleforge.FaultStatus, After: 1, Count: 1})
	inject(t, forge, sampleforge.Fault{Kind: sampleforge.FaultHTML, After: 1, Count: 1})
	var got []string
	for range 7 {
		w := get(t, forge, "/api/v4/projects")
		got = append(got, fmt.Sprint(w.Code, " ", w.Header().Get("Content-Type"), " ", w.Header().Get("Retry-After")))
	}
	ok, refused := "200 application/json ", "429 text/plain 2"
	want := []string{ok, refused, refused, "500 application/json ", "200 text/html; charset=utf-8 ", ok, ok}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	wantCounts := sampleforge.Counts{Requests: 7, Pages: 3, Projects: 30, RateLimited: 2}
	if diff := cmp.Diff(wantCounts, forge.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if left := forge.Faults(); len(left) != 0 {
		t.Errorf("faults left: %v", left)
	}
}

func TestLyingTotal(t *testing.T) {
	t.Parallel()
	forge := sampleforge.New(sampleforge.Options{Projects: 10})
	w := request(t, forge, "POST", "/-/sample/faults", `{"kind":"total","total":999,"count":1}`)
	if want := `[{"kind":"total","count":1,"status":500,"total":999}]`; strings.TrimSpace(w.Body.String()) != want {
		t.Errorf("faults: %s, want %s", w.Body, want)
	}
	for _, want := range []string{"999", "10"} {
		if got := get(t, forge, "/api/v4/projects").Header().Get("X-Total"); got != want {
			t.Errorf("X-Total: %s, want %s", got, want)
		}
	}
}

func TestTruncatedBodyIsNoticed(t *testing.T) {
	t.Parallel()
	forge := sampleforge.New(sampleforge.Options{Projects: 10})
	inject(t, forge, sampleforge.Fault{Kind: sampleforge.FaultTruncated, Count: 1})
	server := httptest.NewServer(forge)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/v4/projects", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(body) == 0 || json.Valid(body) {
		t.Errorf("%d bytes, %v; want a part of the body and %v", len(body), err, io.ErrUnexpectedEOF)
	}
}

func TestTimeFaultsAndRateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limit := sampleforge.RateLimit{Requests: 2, Period: time.Minute}
		forge := sampleforge.New(sampleforge.Options{Projects: 10, Latency: time.Second, PageLatency: 2 * time.Second, RateLimit: limit})
		start := time.Now()
		get(t, forge, "/api/v4/version")
		inject(t, forge, sampleforge.Fault{Kind: sampleforge.FaultLatency, Delay: 6 * time.Second, Count: 1})
		get(t, forge, "/api/v4/projects")
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("two answers took %s, want 10s", took)
		}
		w := get(t, forge, "/api/v4/projects")
		if w.Code != http.StatusTooManyRequests || w.Body.String() != "Retry later\n" || w.Header().Get("Retry-After") != "50" {
			t.Errorf("above the limit: %d %q, Retry-After %s", w.Code, w.Body, w.Header().Get("Retry-After"))
		}
		<-time.After(50 * time.Second)
		if w := get(t, forge, "/api/v4/projects"); w.Code != http.StatusOK {
			t.Errorf("in the next period: %d", w.Code)
		}
	})
}

func TestHangEndsWithTheFaultOrTheClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		forge := sampleforge.New(sampleforge.Options{Projects: 10})
		inject(t, forge, sampleforge.Fault{Kind: sampleforge.FaultHang, Count: 2})
		ctx, leave := context.WithCancel(t.Context())
		done := make(chan int)
		for _, ctx := range []context.Context{ctx, t.Context()} {
			go func() {
				w := httptest.NewRecorder()
				forge.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v4/projects", nil))
				done <- w.Body.Len()
			}()
		}
		synctest.Wait()
		leave()
		if size := <-done; size != 0 {
			t.Errorf("a client that left got %d bytes", size)
		}
		forge.ClearFaults()
		if size := <-done; size == 0 {
			t.Error("the client that stayed got no answer")
		}
	})
}

func TestParseRateLimit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]sampleforge.RateLimit{
		"": {}, "600/1m": {Requests: 600, Period: time.Minute}, "5/500ms": {Requests: 5, Period: 500 * time.Millisecond},
	} {
		if got, err := sampleforge.ParseRateLimit(text); err != nil || got != want {
			t.Errorf("ParseRateLimit(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"600", "0/1m", "-1/1m", "x/1m", "6/x", "6/0s", "/", "6/"} {
		if got, err := sampleforge.ParseRateLimit(text); err == nil {
			t.Errorf("ParseRateLimit(%q) = %v, want an error", text, got)
		}
	}
}
