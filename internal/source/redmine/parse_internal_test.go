package redmine

import (
	"encoding/json"
	"fmt"
	"testing"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

func TestStatusFilter(t *testing.T) {
	t.Parallel()
	for want, status := range map[string][]string{
		"1|5|9": nil, "1": {"active"}, "5|9": {"archived", "closed"}, "5": {"closed", "closed"},
	} {
		if got := (&options{Status: status}).filter(); got != want {
			t.Errorf("%v: got %q, want %q", status, got, want)
		}
	}
}

// FuzzSpec reads descriptions of partitions, with a status and with none: one
// passes only if it says what is configured.
func FuzzSpec(f *testing.F) {
	for _, seed := range []string{`{"status":"1|5|9"}`, `{"status":"5"}`, `{"status":null}`, `{}`, `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, stored []byte) {
		for _, status := range [][]string{nil, {"closed"}} {
			r := &redmine{options: options{Status: status}}
			s, ok := sourcetest.ReadSpec(t, stored, func(stored []byte) (s spec, err error) {
				if err = r.checkSpec(stored); err == nil {
					err = json.Unmarshal(stored, &s)
				}
				return s, err
			})
			if ok && s.Status != r.options.filter() {
				t.Errorf("%s passes where %s is configured", stored, r.options.filter())
			}
		}
	})
}

func FuzzNormalize(f *testing.F) {
	f.Add(`{"id":1,"name":"x","identifier":"x","status":5,"is_public":true,"created_on":"2006-07-19T17:13:59Z"}`)
	f.Add(`{"id":1,"identifier":"\u0000","status":1e400}`)
	f.Fuzz(func(t *testing.T, raw string) {
		r := &redmine{options: options{HTTPOptions: source.HTTPOptions{URL: "https://h"}}}
		p, err := r.Normalize([]byte(raw))
		if again, errAgain := r.Normalize([]byte(raw)); fmt.Sprint(err) != fmt.Sprint(errAgain) || p.ExternalID != again.ExternalID {
			t.Errorf("two readings of %q differ", raw)
		}
		if err == nil && (p.ExternalID == "" || p.Name == "" || p.FullPath == "") {
			t.Errorf("%q is read as %+v", raw, p)
		}
	})
}
