package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"holdfast/internal/store"
)

func TestIsUnavailable(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want bool
	}{
		{context.DeadlineExceeded, true},
		{store.ErrCommitUnknown, true},
		{&net.OpError{Op: "read", Err: errors.New("reset")}, true},
		{io.ErrUnexpectedEOF, true},
		{pgconn.ErrConnClosed, true},
		{&pgconn.PgError{Code: "57P01"}, true}, // the server is being stopped
		{&pgconn.PgError{Code: "57P03"}, true}, // or started
		{&pgconn.PgError{Code: "53300"}, true}, // too many connections
		{&pgconn.PgError{Code: "08006"}, true}, // connection failure
		{&pgconn.PgError{Code: "55P03"}, true}, // a lock took too long
		{&pgconn.PgError{Code: "42P01"}, false},
		{&pgconn.PgError{Code: "22P05"}, false},
		{context.Canceled, false},
		{errors.New("a bug"), false},
	} {
		if got := store.IsUnavailable(fmt.Errorf("read: %w", test.err)); got != test.want {
			t.Errorf("%v: %v, want %v", test.err, got, test.want)
		}
	}
}
