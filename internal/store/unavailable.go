package store

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// IsUnavailable reports whether an error says that the database cannot be
// asked now, and may be later: it is out of reach, starting or stopping, has
// no connection or no resources left, or did not answer in time.
func IsUnavailable(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrCommitUnknown) {
		return true
	}
	// Before the code: whatever the server says to a connection that it does
	// not let in, it may say something else later.
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		return unavailableCode(pgErr.Code)
	}
	_, network := errors.AsType[net.Error](err)
	return network || pgconn.SafeToRetry(err) || connectionLost(err)
}

func connectionLost(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, pgconn.ErrConnClosed)
}

// unavailableCode knows the classes of SQLSTATE: 08 connection, 40 deadlock and
// the like, where the same again may well succeed, 53 resources, 57 operator
// intervention (statement time-out included), 25P03 idle time-out, 55P03 lock
// time-out.
func unavailableCode(code string) bool {
	for _, class := range []string{"08", "40", "53", "57"} {
		if strings.HasPrefix(code, class) {
			return true
		}
	}
	return code == "25P03" || code == "55P03"
}
