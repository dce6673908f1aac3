package github

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/internal/source/sourcetest"
)

// TestSecondaryLimitsWaitLonger each time, until an answer comes.
func TestSecondaryLimitsWaitLonger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l limits
		l.answered()
		for _, want := range []int{1, 2, 4, 8, 16, 16} {
			wait := time.Duration(want) * time.Minute
			if pause := l.pause(); pause != wait {
				t.Errorf("wait %s, want %s", pause, wait)
			}
			// What was under way belongs to the same limit, whatever becomes of it.
			<-time.After(10 * time.Second)
			l.answered()
			if pause := l.pause(); pause != wait-10*time.Second {
				t.Errorf("refused on its way: wait %s, want what is left of %s", pause, wait)
			}
			<-time.After(wait)
		}
		l.answered()
		if pause := l.pause(); pause != time.Minute {
			t.Errorf("after an answer: wait %s, want a minute", pause)
		}
	})
}

// TestAnswersEndTheCountOfLimits looks at what a source makes of an answer.
func TestAnswersEndTheCountOfLimits(t *testing.T) {
	t.Parallel()
	server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`[{"id":1}]`))
	}))
	g, ok := sourcetest.MustOpen(t, Driver(), "url: "+server.URL+"\norg: acme\n", "").(*github)
	if !ok {
		t.Fatal("an organization is no plain source of GitHub")
	}
	g.limits.met = 5
	if _, err := g.Plan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if g.limits.met != 0 {
		t.Errorf("%d limits are still counted", g.limits.met)
	}
}
