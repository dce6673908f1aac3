package source_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast/internal/source"
)

func TestParseNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"1": 1, "9223372036854775807": 1<<63 - 1,
		"": 0, "0": 0, "-1": 0, "+1": 0, "01": 0, "1.0": 0, "1e3": 0, "1_0": 0, "٣": 0, "9223372036854775808": 0,
	} {
		if got, ok := source.ParseNumber(text); ok != (want != 0) || ok && got != want {
			t.Errorf("%q: got %d, %t", text, got, ok)
		}
	}
}

func TestNumberedRecords(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`{"id":7}`: "", `{"id":"7"}`: "", `null`: "null, not an object", `{}`: "has no id",
		`{"id":0}`: "positive whole number", `{"id":-7}`: "positive whole number", `{"id":"x"}`: "positive whole number",
	} {
		r := source.NewNumbered([]byte(raw), "id")
		switch {
		case want == "" && (r.Err != nil || r.ID != "7" || r.Number != 7):
			t.Errorf("%s: got %+v", raw, r)
		case want != "" && (r.Err == nil || !strings.Contains(r.Err.Error(), want) || r.ID != "" || r.Number != 0):
			t.Errorf("%s: got %+v, want %q in its error", raw, r, want)
		}
	}
}

// ascending reads a list that a service answers with.
func ascending(t *testing.T, body string) (source.Ascending, error) {
	t.Helper()
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "application/json", body) })
	res, err := client.Get(t.Context(), "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	elements, err := res.Elements("")
	if err != nil {
		t.Fatal(err)
	}
	return source.ReadAscending(res, elements)
}

func TestAscending(t *testing.T) {
	t.Parallel()
	a, err := ascending(t, `[{"id":3},null,{"id":5},{"id":9},{"id":"x"}]`)
	if err != nil || len(a.Records()) != 5 {
		t.Fatalf("%+v, %v", a, err)
	}
	if n := a.Placed(); n != 4 {
		t.Errorf("%d records have a place, want 4", n)
	}
	for id, want := range map[int64]int{2: 0, 3: 1, 4: 1, 5: 3, 8: 3, 9: 4, 100: 4} {
		if got := a.UpTo(id); got != want {
			t.Errorf("%d records up to id %d, want %d", got, id, want)
		}
	}
	for _, body := range []string{`[{"id":3},null,{"id":3}]`, `[{"id":3},null,{"id":2}]`} {
		_, err := ascending(t, body)
		if e, ok := errors.AsType[*source.Error](err); !ok || e.Code != "not_in_order" {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

// TestWindowsReadEverything pages with windows through a list that loses rows
// before the place again and again: every row that stays is read.
func TestWindowsReadEverything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(0, 400).Draw(t, "rows")
		most := rapid.IntRange(smallestWindow, 100).Draw(t, "most")
		ids := make([]int64, rows)
		for i := range ids {
			ids[i] = int64(i + 1)
		}
		read, gone := map[int64]bool{}, map[int64]bool{}
		position, last := 0, int64(0)
		for {
			page, size := source.Window(position, most)
			begin := min((page-1)*size, len(ids))
			shown := ids[begin:min(begin+size, len(ids))]
			if begin > 0 && (len(shown) == 0 || shown[0] > last) {
				position = begin // nothing that was read is shown: look further in front
				continue
			}
			fresh := 0
			for i, id := range shown {
				if id > last {
					read[id], last, position = true, id, begin+i+1
					fresh++
				}
			}
			if fresh == 0 && begin+len(shown) == len(ids) {
				break
			}
			for range rapid.IntRange(0, 15).Draw(t, "removed") {
				if len(ids) > 0 {
					i := rapid.IntRange(0, len(ids)-1).Draw(t, "at")
					gone[ids[i]] = true
					ids = append(ids[:i:i], ids[i+1:]...)
				}
			}
		}
		for id := range int64(rows) {
			if !read[id+1] && !gone[id+1] {
				t.Fatalf("row %d was there all along and was not read", id+1)
			}
		}
	})
}
