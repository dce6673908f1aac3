package health_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"holdfast/internal/health"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(int) { http.DefaultClient.CloseIdleConnections() }))
}

func TestFirst(t *testing.T) {
	t.Parallel()
	broken := errors.New("out of order")
	var asked []string
	check := func(name string, err error) health.Check {
		return health.Check{Name: name, Run: func(context.Context) error {
			asked = append(asked, name)
			return err
		}}
	}
	if f := health.First(t.Context(), []health.Check{check("a", nil), check("b", nil)}); f != nil {
		t.Errorf("all hold, and yet: %v", f)
	}
	f := health.First(t.Context(), []health.Check{check("c", nil), check("d", broken), check("e", broken)})
	if f == nil || f.Check != "d" || !errors.Is(f, broken) || f.Error() != "d: out of order" {
		t.Errorf("failure = %v", f)
	}
	if len(asked) != 4 {
		t.Errorf("asked %v, want a to d", asked)
	}
}

func TestACheckThatHangsFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		f := health.First(t.Context(), []health.Check{{Name: "slow", Run: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}}})
		if !errors.Is(f, context.DeadlineExceeded) || time.Since(begin) != health.Timeout {
			t.Errorf("after %s: %v", time.Since(begin), f)
		}
	})
}

func TestAsk(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	if err := health.Ask(t.Context(), server.URL+"/readyz"); err != nil {
		t.Errorf("ready, and yet: %v", err)
	}
	if err := health.Ask(t.Context(), server.URL+"/other"); !errors.Is(err, health.ErrNotReady) {
		t.Errorf("error %v, want ErrNotReady", err)
	}
	server.Close()
	if err := health.Ask(t.Context(), server.URL+"/readyz"); err == nil || errors.Is(err, health.ErrNotReady) {
		t.Errorf("nobody answers: %v", err)
	}
	if err := health.Ask(t.Context(), "http://\x00"); err == nil {
		t.Error("an address that is none was asked")
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		":8001":          "http://localhost:8001/readyz",
		"0.0.0.0:8001":   "http://localhost:8001/readyz",
		"[::]:8001":      "http://localhost:8001/readyz",
		"127.0.0.1:8001": "http://127.0.0.1:8001/readyz",
		"[::1]:8001":     "http://[::1]:8001/readyz",
		"forge:80":       "http://forge:80/readyz",
	} {
		if got, err := health.URL(listen); got != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", listen, got, err, want)
		}
	}
	if _, err := health.URL("8001"); err == nil {
		t.Error("an address without a port was taken")
	}
}
