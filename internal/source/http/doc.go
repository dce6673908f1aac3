// Package httpapi lists the records of any API that answers with JSON: what is
// asked for, where the list stands in the answer, how its pages follow one
// another and which member fills which column is all configured. Its kind is
// "http".
//
// # How a page is read
//
//	ask ──▶ judge ──▶ elements ──▶ records ──▶ total, is_last ──▶ pager.next
//	 ▲     expired?    items         id                              │
//	 │     limited?                                                  │
//	 └────────────────────── position (a cursor) ◀───────────────────┘
//
// A [pager] knows one kind of pagination: it puts a position into the request
// of a page, and finds the position after it in the answer. Everything else is
// the same for all of them.
//
// # Paths and programs
//
// Each option that reads from an answer is an [expression]: a path, which is
// looked up in the bytes as they came, or a jq program. Records that a path
// finds keep their bytes; those that a program makes are encoded anew.
// Numbers are never turned into floats on either way, so ids stay exact. A
// program is compiled once, and stopped after [maxEvaluation].
//
// # Listings that must not look complete
//
// The service is unknown, so nothing that contradicts itself is taken for an
// end: a position that was there before (see [trail]), the same records on two
// pages in a row, an is_last that says no without a way on, a list that is none.
// A short page is no end, nor is an empty one where another sign is configured.
//
// The cursor carries a fingerprint of the options that shape the listing. After
// a change of them it has expired: the rest of one listing is no part of another.
package httpapi
