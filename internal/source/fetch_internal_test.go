package source

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// roundTripper stands in for the network, where a bubble of synctest ends.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func bubbleClient(t *testing.T, options HTTPOptions, answer roundTripper) *Client {
	t.Helper()
	options.URL = "https://forge.example.com"
	client, err := NewClient(ClientConfig{HTTPOptions: options})
	if err != nil {
		t.Fatal(err)
	}
	client.transport = answer
	return client
}

func TestBackoffGrowsWithJitter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		start := time.Now()
		client := bubbleClient(t, HTTPOptions{}, func(*http.Request) (*http.Response, error) {
			at = append(at, time.Since(start))
			return nil, io.EOF
		})
		if _, err := client.Get(t.Context(), "/", nil); KindOf(err) != Transient {
			t.Fatalf("got %v", err)
		}
		if len(at) != maxAttempts {
			t.Fatalf("asked %d times, want %d", len(at), maxAttempts)
		}
		for i, low := range []time.Duration{firstBackoff / 2, firstBackoff} {
			if pause := at[i+1] - at[i]; pause < low || pause >= 2*low {
				t.Errorf("pause %d was %s, want within [%s, %s)", i+1, pause, low, 2*low)
			}
		}
	})
}

func TestBackoffEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), firstBackoff/4)
		defer cancel()
		client := bubbleClient(t, HTTPOptions{}, func(*http.Request) (*http.Response, error) { return nil, io.EOF })
		start := time.Now()
		_, err := client.Get(ctx, "/", nil)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != firstBackoff/4 {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
	})
}

func TestRequestsPerSecondSpacesConcurrentRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		client := bubbleClient(t, HTTPOptions{RequestsPerSecond: 4}, func(*http.Request) (*http.Response, error) {
			header := http.Header{"Content-Type": {"application/json"}}
			return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader("[]"))}, nil
		})
		done := make(chan error)
		for range 5 {
			go func() {
				_, err := client.Get(t.Context(), "/", nil)
				done <- err
			}()
		}
		for range 5 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("five requests at four a second took %s, want 1s", took)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"0": minWait, "1": time.Second, " 90 ": 90 * time.Second, "1.5": 1500 * time.Millisecond,
		"86400": maxWait, "1e300": maxWait, "Inf": maxWait,
		"Tue, 03 Nov 2026 08:02:00 GMT": 2 * time.Minute,
		"Tue, 03 Nov 2020 08:02:00 GMT": minWait,
	} {
		if got, ok := retryAfter(http.Header{"Retry-After": {value}}, now); !ok || got != want {
			t.Errorf("%q: got %s, %t, want %s", value, got, ok, want)
		}
	}
	for _, value := range []string{"", "-1", "NaN", "soon", "tomorrow 08:00"} {
		if got, ok := retryAfter(http.Header{"Retry-After": {value}}, now); ok {
			t.Errorf("%q: got %s, want it to say nothing", value, got)
		}
	}
}

func TestResetAfter(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_790_000_000, 0)
	for value, want := range map[string]time.Duration{
		"60": time.Minute, "1790000090": 90 * time.Second, "1790000090000": 90 * time.Second,
		"1": time.Second, "1700000000": minWait, "1990000000": maxWait, "": 0, "x": 0, "-5": 0, "NaN": 0,
	} {
		for _, name := range []string{"Ratelimit-Reset", "X-Ratelimit-Reset", "X-Rate-Limit-Reset", "X-Ratelimit-Requests-Reset"} {
			if got := resetAfter(http.Header{name: {value}}, now); got != want {
				t.Errorf("%s %q: got %s, want %s", name, value, got, want)
			}
		}
	}
}

func TestServerNow(t *testing.T) {
	t.Parallel()
	local := time.Now()
	there := time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC)
	if got := serverNow(http.Header{"Date": {there.Format(http.TimeFormat)}}, local); !got.Equal(there) {
		t.Errorf("got %s, want the service's own clock", got)
	}
	if got := serverNow(http.Header{"Date": {"today"}}, local); !got.Equal(local) {
		t.Errorf("got %s, want the local clock", got)
	}
}

func TestRebase(t *testing.T) {
	t.Parallel()
	tests := []struct{ base, asked, next, want string }{
		{"https://h", "/api/list", "https://h/api/list?page=2", "/api/list?page=2"},
		{"https://h", "/api/list", "http://inner:3000/api/list?page=2&x=a%2Fb+c", "/api/list?page=2&x=a%2Fb+c"},
		{"https://h", "/api/list", "//evil.example/api/list?page=2", "/api/list?page=2"},
		{"https://h", "/api/list", "https://user:pass@h/api/list?page=2#frag", "/api/list?page=2"},
		{"https://h/git", "/api/list", "https://h/git/api/list?page=2", "/api/list?page=2"},
		{"https://h/git", "/api/list", "http://inner/api/list?page=2", "/api/list?page=2"},
		{"https://h/git", "/api/list", "http://inner/deep/down/api/list?page=2", "/api/list?page=2"},
		{"https://h/git", "/api/list", "/gitea/x?page=2", "/gitea/x?page=2"},
		{"https://h/git", "/api/list?page=1", "?page=2", "/api/list?page=2"},
		{"https://h/git", "/api/list?page=1", "more?page=2", "/api/more?page=2"},
		{"https://h/api/items", "", "https://other/api/items?page=2", "?page=2"},
		{"https://h/api/items", "", "?page=2", "?page=2"},
		{"https://h", "/groups/a%2Fb/projects", "https://x/groups/a%2Fb/projects?page=2", "/groups/a%2Fb/projects?page=2"},
		{"https://h", "", "https://x/?page=2", "/?page=2"},
	}
	for _, tc := range tests {
		base, err := parseBase(tc.base)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := rebase(base, tc.asked, tc.next); !ok || got != tc.want {
			t.Errorf("base %s, asked %s, next %s: got %q, %t, want %q", tc.base, tc.asked, tc.next, got, ok, tc.want)
		}
	}
	for _, bad := range []string{"", "javascript:alert(1)", "mailto:x@y", "ftp://h/x", "%zz", "http://[::1"} {
		if got, ok := rebase(&url.URL{Scheme: "https", Host: "h"}, "/list", bad); ok {
			t.Errorf("%q: got %q, want it refused", bad, got)
		}
	}
}

func TestLinkTarget(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		`<https://h/?page=2>; rel="next"`:                                "https://h/?page=2",
		`<https://h/?page=1>; rel="prev", <https://h/?page=3>; rel=next`: "https://h/?page=3",
		`<https://h/?a=1,2;3>; title="x, y"; REL="last Next"`:            "https://h/?a=1,2;3",
		`<https://h/>; rel="last"`:                                       "",
		`<https://h/`:                                                    "",
		`https://h/; rel="next"`:                                         "",
		``:                                                               "",
	} {
		if got := linkTarget([]string{"", header}, "next"); got != want {
			t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
}

func TestTargetStaysBelowTheBase(t *testing.T) {
	t.Parallel()
	base, err := parseBase("https://h:8443/git/")
	if err != nil {
		t.Fatal(err)
	}
	client := &Client{base: base}
	for ref, want := range map[string]string{
		"":                     "https://h:8443/git",
		"?page=2":              "https://h:8443/git?page=2",
		"/a/b/?x=1":            "https://h:8443/git/a/b/?x=1",
		"/../../admin":         "https://h:8443/git/admin",
		"/%2e%2E/.%2e/admin":   "https://h:8443/git/admin",
		"/groups/a%2Fb/x?y=%2": "https://h:8443/git/groups/a%2Fb/x?y=%2",
	} {
		got, err := client.target(ref, nil)
		if err != nil || got.String() != want {
			t.Errorf("%q: got %v, %v, want %s", ref, got, err, want)
		}
	}
	for _, bad := range []string{"https://evil.example/x", "//evil.example/x", "%zz"} {
		if got, err := client.target(bad, nil); KindOf(err) != Contract || err == nil {
			t.Errorf("%q: got %v, %v, want it refused", bad, got, err)
		}
	}
}

func TestBadOptionsSayWhatToWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tests := map[string]struct {
		change func(*ClientConfig)
		want   string
	}{
		"no url":       {func(c *ClientConfig) { c.URL = "" }, "url is missing"},
		"no scheme":    {func(c *ClientConfig) { c.URL = "forge.example.com" }, "https://"},
		"wrong scheme": {func(c *ClientConfig) { c.URL = "ftp://forge.example.com" }, "https://"},
		"password":     {func(c *ClientConfig) { c.URL = "https://me:hunter2@h" }, "leave them out"},
		"bad port":     {func(c *ClientConfig) { c.URL = "https://me:hunter2" }, "https://"},
		"query":        {func(c *ClientConfig) { c.URL = "https://h/?token=hunter2" }, "query"},
		"timeout":      {func(c *ClientConfig) { c.Timeout = time.Hour }, "timeout"},
		"max_body":     {func(c *ClientConfig) { c.MaxBody = -1 }, "max_body"},
		"rate":         {func(c *ClientConfig) { c.RequestsPerSecond = -1 }, "requests_per_second"},
		"ca_file":      {func(c *ClientConfig) { c.CAFile = "none.pem" }, "ca_file"},
		"credential":   {func(c *ClientConfig) { c.Auth = BearerAuth(NewSecret("hunter2\n")) }, "line break"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := ClientConfig{HTTPOptions: HTTPOptions{URL: "https://h"}, Dir: dir}
			tc.change(&cfg)
			_, err := NewClient(cfg)
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v, want a message with %q", err, tc.want)
			}
		})
	}
}

func TestAuth(t *testing.T) {
	t.Parallel()
	secret := NewSecret("p:w")
	tests := map[string]struct {
		auth        Auth
		name, value string
	}{
		"bearer": {BearerAuth(secret), "Authorization", "Bearer p:w"},
		"basic":  {BasicAuth("me", secret), "Authorization", "Basic bWU6cDp3"},
		"header": {HeaderAuth("PRIVATE-TOKEN", secret), "Private-Token", "p:w"},
	}
	for name, tc := range tests {
		header := http.Header{}
		tc.auth.apply(header)
		if got := header.Get(tc.name); got != tc.value {
			t.Errorf("%s: got %q, want %q", name, got, tc.value)
		}
		if text := tc.auth.redact("x " + tc.value + " p%3Aw"); strings.Contains(text, "p:w") || strings.Contains(text, "p%3Aw") || strings.Contains(text, "bWU6") {
			t.Errorf("%s: the credential is left in %q", name, text)
		}
	}
	header := http.Header{}
	if (Auth{}).apply(header); len(header) != 0 {
		t.Errorf("no credential sends %v", header)
	}
}

func FuzzRebase(f *testing.F) {
	f.Add("https://h/git", "/api/list?page=1", "https://inner:3000/git/api/list?page=2")
	f.Add("https://h", "", "//evil/x/../..?q")
	f.Add("https://h/a", "/b", "?p=%2e%2e/")
	f.Fuzz(func(t *testing.T, address, asked, next string) {
		base, err := parseBase(address)
		if err != nil {
			return
		}
		ref, ok := rebase(base, asked, next)
		if !ok {
			return
		}
		target, err := (&Client{base: base}).target(ref, nil)
		if err != nil {
			return
		}
		// Whatever a service writes, no request leaves the origin or the prefix.
		if origin(target) != origin(base) || target.User != nil {
			t.Errorf("%q leads from %s to %s", next, origin(base), origin(target))
		}
	})
}

// FuzzTarget makes requests of refs as they come back from the database, in the
// cursors of listings that follow addresses: none leaves the origin, nor the
// path of the configured address, however a server reads its dots.
func FuzzTarget(f *testing.F) {
	for _, ref := range []string{"/a?b=c", "//evil/x", "https://evil", "/../x", "/%2e%2e/x", "/a/%2E./%2e%2e/x/", "?q", "a\\..\\x", "/a%2Fb"} {
		f.Add(ref)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		base, err := parseBase("https://h/git")
		if err != nil {
			t.Fatal(err)
		}
		target, err := (&Client{base: base}).target(ref, url.Values{"page": {"2"}})
		if err != nil {
			if KindOf(err) != Contract {
				t.Errorf("%q: %v", ref, err)
			}
			return
		}
		dotted := strings.NewReplacer("%2e", ".", "%2E", ".").Replace(target.EscapedPath())
		if clean := path.Clean(dotted); clean != "/git" && !strings.HasPrefix(clean, "/git/") {
			t.Errorf("%q leads to %s", ref, target)
		}
		if origin(target) != origin(base) || target.User != nil || !strings.HasSuffix(target.RawQuery, "page=2") {
			t.Errorf("%q leads to %s", ref, target)
		}
	})
}

func FuzzLinkTarget(f *testing.F) {
	f.Add(`<https://h/?page=1>; rel="prev", <https://h/?page=3>; rel=next`)
	f.Add(`<a>;rel="next`)
	f.Fuzz(func(t *testing.T, header string) {
		if got := linkTarget([]string{header}, "next"); !strings.Contains(header, "<"+got+">") && got != "" {
			t.Errorf("%q is not in %q", got, header)
		}
		if got := linkTarget([]string{"<x,y>; rel=next, " + header}, "next"); got != "x,y" {
			t.Errorf("what follows changed the first target to %q", got)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"120", "1e9", "-1", "Tue, 03 Nov 2026 08:02:00 GMT", "0x10", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		now := time.Unix(1_790_000_000, 0)
		if wait, ok := retryAfter(http.Header{"Retry-After": {value}}, now); ok && (wait < minWait || wait > maxWait) {
			t.Errorf("%q: a wait of %s", value, wait)
		}
		if wait := resetAfter(http.Header{"Ratelimit-Reset": {value}}, now); wait != 0 && (wait < minWait || wait > maxWait) {
			t.Errorf("%q: a reset in %s", value, wait)
		}
	})
}
