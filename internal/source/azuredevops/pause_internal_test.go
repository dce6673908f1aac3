package azuredevops

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

func TestPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p pause
		begun := time.Now()
		p.extend(20 * time.Second)
		p.extend(5 * time.Second)
		if err := p.wait(t.Context()); err != nil || time.Since(begun) != 20*time.Second {
			t.Errorf("waited %s, %v", time.Since(begun), err)
		}
		if err := p.wait(t.Context()); err != nil || time.Since(begun) != 20*time.Second {
			t.Errorf("waited again: %s, %v", time.Since(begun), err)
		}
		p.extend(time.Hour)
		e, ok := errors.AsType[*source.Error](p.wait(t.Context()))
		if !ok || e.Kind != source.RateLimit || e.RetryAfter != time.Hour || time.Since(begun) != 20*time.Second {
			t.Errorf("got %+v", e)
		}
		p = pause{}
		p.extend(10 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "id:", "id:91f0d4cb-4c36-49a5-b28d-2d72da089c4d", "id:{91f0d4cb-4c36-49a5-b28d-2d72da089c4d}", "at:5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sourcetest.ReadCursor(t, source.Cursor(text), parseCursor, cursorAfter)
	})
}

// FuzzSpec reads the descriptions of partitions with either list configured. A
// project becomes one segment of a path.
func FuzzSpec(f *testing.F) {
	f.Add([]byte(`{"list":"repositories","project":"91f0d4cb-4c36-49a5-b28d-2d72da089c4d"}`))
	f.Add([]byte(`{"list":"projects"}`))
	f.Add([]byte(`{"list":"repositories","project":"../../x"}`))
	f.Fuzz(func(t *testing.T, stored []byte) {
		for _, list := range []string{listRepositories, listProjects} {
			a := &azure{options: options{List: list}}
			s, ok := sourcetest.ReadSpec(t, stored, a.parseSpec)
			if ok && (s.List != list || strings.ContainsAny(s.Project, "/?#%.")) {
				t.Errorf("with list: %s, %s is read as %+v", list, stored, s)
			}
			if !ok {
				continue
			}
			if again, err := a.parseSpec(partition("x", s.List, s.Project).Spec); err != nil || again != s {
				t.Errorf("%s is read as %+v, and that as %+v, %v", stored, s, again, err)
			}
		}
	})
}

func FuzzNormalize(f *testing.F) {
	f.Add(`{"id":"91f0d4cb-4c36-49a5-b28d-2d72da089c4d","name":"x","project":{"name":"p"},"remoteUrl":"https://u@h/x"}`, true)
	f.Add(`{"id":"91f0d4cb-4c36-49a5-b28d-2d72da089c4d","name":"x","url":"https://h/_apis/p","lastUpdateTime":"0001-01-01T00:00:00"}`, false)
	f.Fuzz(func(t *testing.T, raw string, repository bool) {
		a := &azure{options: options{List: listProjects}}
		if repository {
			a.options.List = listRepositories
		}
		p, err := a.Normalize([]byte(raw))
		if again, errAgain := a.Normalize([]byte(raw)); fmt.Sprint(err) != fmt.Sprint(errAgain) || p.ExternalID != again.ExternalID {
			t.Errorf("two readings of %q differ", raw)
		}
		if err == nil && (p.ExternalID == "" || p.Name == "" || p.FullPath == "") {
			t.Errorf("%q is read as %+v", raw, p)
		}
	})
}
