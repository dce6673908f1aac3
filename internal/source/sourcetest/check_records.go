package sourcetest

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

func checkOdd(t *testing.T, c Case) {
	t.Helper()
	service := start(t, c)
	if service.AddOdd == nil {
		t.Skip("this case cannot list elements that are no records")
	}
	kinds := []string{null, `{"name":"no id"}`, `{"id":null,"name":"no id either"}`, `[]`}
	want := []string{}
	for i, id := range ids(service) {
		// After each seventh, so that some stand at the borders of pages.
		if i%7 == 6 {
			service.AddOdd(id, kinds[i/7%len(kinds)])
			want = append(want, kinds[i/7%len(kinds)])
		}
	}
	// And after the last of all, where no record follows.
	service.AddOdd("9007199254740993", null)
	want = append(want, null)

	src := service.New(t)
	l := mustPlan(t, src)
	if err := l.read(t.Context(), src, nil); err != nil {
		t.Fatal(err)
	}
	got := make([]string, 0, len(l.odd))
	for _, record := range l.odd {
		got = append(got, string(record.Raw))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("odd elements (-listed +read):\n%s", diff)
	}
	l.odd = nil
	l.same(t, service.Truth())
}

func checkNormalize(t *testing.T, c Case) {
	t.Helper()
	service := start(t, c)
	src := service.New(t)
	for id, raw := range service.Truth() {
		p, err := src.Normalize(raw)
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if p.ExternalID != id || p.Name == "" || p.FullPath == "" {
			t.Fatalf("id %q, name %q and path %q are read from %s", p.ExternalID, p.Name, p.FullPath, raw)
		}
	}
	checkNormalizeOdd(t, service)
}

// checkNormalizeOdd reads one record again and again, each time with another
// value in one of its members.
func checkNormalizeOdd(t *testing.T, service *Service) {
	t.Helper()
	src := service.New(t)
	raw := service.Truth()[ids(service)[0]]
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatalf("a record is no JSON object: %v", err)
	}
	for name := range members {
		for _, value := range []string{null, `7`, `"\u0000"`, `[null]`, `{}`, `false`} {
			changed := withMember(t, members, name, value)
			first, err := normalize(t, src, changed)
			again, errAgain := normalize(t, service.New(t), changed)
			if diff := cmp.Diff(first, again); diff != "" || (err == nil) != (errAgain == nil) {
				t.Errorf("with %s = %s two readings differ: %v, %v\n%s", name, value, err, errAgain, diff)
			}
			if err == nil && first.ExternalID == "" {
				t.Errorf("with %s = %s the record has no id, and no error says so", name, value)
			}
		}
	}
}

func withMember(t *testing.T, members map[string]json.RawMessage, name, value string) []byte {
	t.Helper()
	changed := maps.Clone(members)
	changed[name] = json.RawMessage(value)
	raw, err := json.Marshal(changed)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// normalize names the record on which a source panics.
func normalize(t *testing.T, src source.Source, raw []byte) (project.Project, error) {
	t.Helper()
	defer func() {
		if problem := recover(); problem != nil {
			t.Errorf("Normalize panics with %v on %s", problem, raw)
		}
	}()
	return src.Normalize(raw)
}
