package pgproxy

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgproto3"
)

func encoded(tb testing.TB, messages ...pgproto3.Message) []byte {
	tb.Helper()
	var all []byte
	for _, m := range messages {
		var err error
		if all, err = m.Encode(all); err != nil {
			tb.Fatal(err)
		}
	}
	return all
}

func TestCommitIsKnownInEveryForm(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		messages []pgproto3.Message
		want     []bool
	}{
		{"query", []pgproto3.Message{&pgproto3.Query{String: " COMMIT; "}}, []bool{true}},
		{"another query", []pgproto3.Message{&pgproto3.Query{String: "select 'commit'"}}, []bool{false}},
		{"prepared once, executed twice", []pgproto3.Message{
			&pgproto3.Parse{Name: "s", Query: "commit"}, &pgproto3.Bind{PreparedStatement: "s"}, &pgproto3.Execute{},
			&pgproto3.Bind{PreparedStatement: "s"}, &pgproto3.Execute{},
		}, []bool{false, false, true, false, true}},
		{"another statement under the same names", []pgproto3.Message{
			&pgproto3.Parse{Query: "commit"}, &pgproto3.Parse{Query: "select 1"}, &pgproto3.Bind{}, &pgproto3.Execute{},
		}, []bool{false, false, false, false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			reader := bufio.NewReader(bytes.NewReader(encoded(t, test.messages...)))
			c := newCommits()
			var got []bool
			for range test.messages {
				f, err := readFrame(reader)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, c.said(f))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOnlyACommitIsCommitted(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]bool{"COMMIT": true, "ROLLBACK": false, "INSERT 0 1": false} {
		f, err := readFrame(bufio.NewReader(bytes.NewReader(encoded(t, &pgproto3.CommandComplete{CommandTag: []byte(tag)}))))
		if err != nil || isCommitted(f) != want {
			t.Errorf("%s: committed %t, %v, want %t", tag, isCommitted(f), err, want)
		}
	}
}

// Whatever comes is passed on as it came, or refused; nothing else.
func FuzzFrame(f *testing.F) {
	f.Add(encoded(f, &pgproto3.Query{String: "commit"}, &pgproto3.Sync{}))
	f.Add(encoded(f, &pgproto3.Parse{Name: "s", Query: "commit"}, &pgproto3.Bind{PreparedStatement: "s"}, &pgproto3.Execute{}))
	f.Add([]byte{'Q', 0, 0, 0, 3})
	f.Add([]byte{'E', 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, input []byte) {
		reader := bufio.NewReader(bytes.NewReader(input))
		c := newCommits()
		var passed []byte
		for {
			m, err := readFrame(reader)
			if err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, errFrame) {
					t.Errorf("unexpected error: %v", err)
				}
				break
			}
			c.said(m)
			isCommitted(m)
			passed = append(passed, m.bytes...)
		}
		if !bytes.HasPrefix(input, passed) {
			t.Error("what is passed on is not what came")
		}
	})
}
