// Package migrations embeds the schema as goose migrations, one concern a file.
// River's own migrations run beside them, in the same guarded step: see
// package jobs.
package migrations

import "embed"

// FS holds the .sql files at its root, for goose.
//
//go:embed *.sql
var FS embed.FS
