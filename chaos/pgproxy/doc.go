// Package pgproxy stands between a process and its Postgres server and lets go
// wrong what networks let go wrong, at moments that no network could choose. It
// understands just enough of the wire protocol to know a COMMIT, its reply and a
// notification from all else, and passes everything on as it came.
//
//	client ──frame──▶ gate ──▶ is it a COMMIT? ──▶ server
//	   ▲                          └── trap: reset both sides, the server rolls back
//	   └──── gate ◀── is it the reply to a COMMIT, or a notification? ◀──frame──┘
//	                      └── trap: reset both sides, the server has committed
//
// The gate is open, slow, or closed: a network that is cut keeps every byte
// back without a word, and delivers late what TCP has kept, as a real one does.
//
// TLS is not spoken: use sslmode=disable.
package pgproxy
