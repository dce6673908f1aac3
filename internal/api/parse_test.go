package api

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/openapi"
	"holdfast/internal/project"
)

func TestParseKey(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		`abc`:                    `abc`,
		`"abc"`:                  `abc`,
		`"a\"b\\c"`:              `a"b\c`,
		`a"b`:                    `a"b`,
		strings.Repeat("k", 255): strings.Repeat("k", 255),
	} {
		got, err := parseKey(&header)
		if err != nil || got != want {
			t.Errorf("parseKey(%s) = %q, %v; want %q", header, got, err, want)
		}
	}
	for _, header := range []string{
		"", `""`, `"`, `"abc`, `"a"b"`, `"a\"`, `"a\b"`, `"abc";p=1`, "a b", `"a b"`, "a\tb", "naïve", "\x00", strings.Repeat("k", 256),
	} {
		if got, err := parseKey(&header); err == nil {
			t.Errorf("parseKey(%q) = %q, want an error", header, got)
		}
	}
	spaced := "\t\"abc\" "
	if got, err := parseKey(&spaced); got != "abc" || err != nil {
		t.Errorf("with space around it: %q, %v", got, err)
	}
	if got, err := parseKey(nil); got != "" || err != nil {
		t.Errorf("without the header: %q, %v", got, err)
	}
}

// A key that is accepted bare is the same key when it is quoted.
func FuzzParseKey(f *testing.F) {
	for _, seed := range []string{"abc", `"abc"`, `"a\"b"`, `"`, "", "a b", "ü"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		key, err := parseKey(&header)
		if err != nil {
			if _, ok := errors.AsType[*problem](err); !ok {
				t.Fatalf("not a problem: %v", err)
			}
			return
		}
		if !visible(key) || len(key) > maxKey {
			t.Fatalf("%q was accepted as %q", header, key)
		}
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(key) + `"`
		if again, err := parseKey(&quoted); err != nil || again != key {
			t.Fatalf("%q quoted is %q, %v", key, again, err)
		}
	})
}

func TestPageTokens(t *testing.T) {
	t.Parallel()
	list := listing{"jobs", []string{"a", "b"}}
	p, err := list.page(new(2), nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	got, token := cut(p, []int64{1, 2, 3}, func(n *int64) []string { return numberKey(*n) })
	if cmp.Diff([]int64{1, 2}, got) != "" || token == nil {
		t.Fatalf("cut: %v, %v", got, token)
	}
	next, err := list.page(nil, token, 1)
	if err != nil || cmp.Diff([]string{"2"}, next.after) != "" {
		t.Errorf("next page after %v, %v", next.after, err)
	}
	// Filters that only join to the same text are not the same.
	for _, other := range []listing{{"jobs", []string{"ab", ""}}, {"events", list.filters}, {"jobs", nil}} {
		if _, err := other.page(nil, token, 1); err == nil {
			t.Errorf("%v took a token of %v", other, list)
		}
	}
	if _, token := cut(p, []int64{1, 2}, func(n *int64) []string { return numberKey(*n) }); token != nil {
		t.Error("the last page has a token")
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add(pageToken{List: "jobs", Filter: "0", After: []string{"1"}}.String())
	f.Add("")
	f.Add("e30")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := listing{"jobs", nil}.page(nil, &text, 1)
		if err == nil && text != "" && len(p.after) != 1 {
			t.Fatalf("%q was accepted with the key %q", text, p.after)
		}
		if _, err := p.afterID(0); err != nil {
			if _, ok := errors.AsType[*problem](err); !ok {
				t.Fatalf("not a problem: %v", err)
			}
		}
	})
}

func TestParseNoneMatch(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]noneMatch{
		`"a"`:           {tags: []string{`"a"`}},
		`W/"a","b"`:     {tags: []string{`"a"`, `"b"`}},
		` "a" , W/"b" `: {tags: []string{`"a"`, `"b"`}},
		`"a,b"`:         {tags: []string{`"a,b"`}},
		`*`:             {any: true},
		`a`:             {},
		`"a`:            {},
		``:              {},
		`,,`:            {},
		`"a" b "c"`:     {tags: []string{`"a"`}},
	} {
		if diff := cmp.Diff(want, parseNoneMatch(&header), cmp.AllowUnexported(noneMatch{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", header, diff)
		}
	}
}

func FuzzParseNoneMatch(f *testing.F) {
	f.Add(`W/"a", "b"`)
	f.Add(`*`)
	f.Fuzz(func(t *testing.T, header string) {
		for _, tag := range parseNoneMatch(&header).tags {
			if len(tag) < 2 || strings.Contains(tag[1:len(tag)-1], `"`) {
				t.Fatalf("%q holds the tag %s", header, tag)
			}
		}
	})
}

func FuzzDecodeObject(f *testing.F) {
	for _, seed := range []string{`{}`, `{"source":"a"}`, `{"sources":["a"]}`, `null`, `[]`, `{"a"`, `{"source":1}`, `{"source":"a"} x`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		err := decodeObject(body, &openapi.SyncRequest{})
		if err == nil {
			return
		}
		if p, ok := errors.AsType[*problem](err); !ok || p.status >= 500 || p.detail == "" {
			t.Fatalf("%q: %v", body, err)
		}
	})
}

func TestNextLook(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		job  openapi.Job
		want *int
	}{
		"running":         {openapi.Job{Status: openapi.JobStatusRunning}, new(1)},
		"waits a while":   {openapi.Job{Status: openapi.JobStatusWaiting, RetryAt: new(now.Add(4500 * time.Millisecond))}, new(5)},
		"waits long":      {openapi.Job{Status: openapi.JobStatusWaiting, RetryAt: new(now.Add(time.Hour))}, new(30)},
		"is about to run": {openapi.Job{Status: openapi.JobStatusWaiting, RetryAt: new(now.Add(-time.Hour))}, new(1)},
		"done":            {openapi.Job{Status: openapi.JobStatusFailed}, nil},
	} {
		if diff := cmp.Diff(test.want, nextLook(&test.job, now)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	job := project.Job{Status: project.Running, StartedAt: &start, Progress: project.Progress{Seen: 100, Total: new(int64(90))}}
	if rowsPerSecond(&job) != nil {
		t.Error("a rate without a heartbeat")
	}
	job.HeartbeatAt = &start
	if rowsPerSecond(&job) != nil {
		t.Error("a rate over no time")
	}
	job.HeartbeatAt = new(start.Add(3 * time.Second))
	perSecond := rowsPerSecond(&job)
	if perSecond == nil || *perSecond != 33.3 {
		t.Errorf("rate %v", perSecond)
	}
	if got := eta(&job, perSecond); got == nil || *got != 0 {
		t.Errorf("more seen than stated: eta %v, want 0", got)
	}
	job.Status = project.Waiting
	if eta(&job, perSecond) != nil {
		t.Error("a waiting job has an eta")
	}
}

func TestLimiter(t *testing.T) {
	t.Parallel()
	l := newLimiter(2)
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for i, want := range []time.Duration{0, 0, 500 * time.Millisecond, 500 * time.Millisecond} {
		if got := l.take("a", now); got != want {
			t.Errorf("take %d: wait %s, want %s", i, got, want)
		}
	}
	if got := l.take("b", now); got != 0 {
		t.Errorf("another caller waits %s", got)
	}
	if got := l.take("a", now.Add(500*time.Millisecond)); got != 0 {
		t.Errorf("after the wait: %s", got)
	}
	// Full buckets are forgotten when there are too many.
	for i := range maxCallers {
		l.take(strings.Repeat("x", i%100)+number(int64(i)), now)
	}
	l.take("last", now.Add(time.Hour))
	if n := len(l.buckets); n > 10 {
		t.Errorf("%d buckets are kept", n)
	}
}

// Whatever wait says, no poll lasts longer than the longest, nor less than none.
func FuzzParseWait(f *testing.F) {
	for _, seed := range []string{"25s", "1m", "0", "-1s", "61s", "1h", "0.5s", "1m60s", "9223372036854775807ns", "25", "", "∞"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		wait, err := parseWait(&text)
		if err == nil {
			if wait < 0 || wait > maxWait {
				t.Fatalf("%q is a wait of %s", text, wait)
			}
			return
		}
		if p, ok := errors.AsType[*problem](err); !ok || p.status != http.StatusBadRequest || wait != 0 {
			t.Fatalf("%q: %s, %v", text, wait, err)
		}
	})
}

// Only who sends a configured token, as a whole, is its caller.
func FuzzAuthenticate(f *testing.F) {
	const secret = "a-secret"
	a := newAuthenticator([]Token{{Name: "ann", Secret: secret, Role: Reader}})
	for _, seed := range []string{"Bearer a-secret", "bearer  a-secret ", "Bearer a-secre", "Basic a-secret", "Bearer", "", "Bearer a-secret,b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		who, err := a.authenticate(header)
		if err != nil {
			if p, ok := errors.AsType[*problem](err); !ok || p.status != http.StatusUnauthorized {
				t.Fatalf("%q: %v", header, err)
			}
			if strings.Contains(err.Error(), secret) {
				t.Fatalf("the refusal shows the token: %v", err)
			}
			return
		}
		scheme, token, _ := strings.Cut(header, " ")
		if who.name != "ann" || !strings.EqualFold(scheme, "bearer") || strings.TrimSpace(token) != secret {
			t.Fatalf("%q is taken for %+v", header, who)
		}
	})
}
