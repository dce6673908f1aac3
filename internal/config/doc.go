// Package config reads Holdfast's configuration: one YAML file and the
// environment. What it returns is valid and complete; what is wrong comes back
// all at once, each problem with file, line, column and what to write instead,
// and never with a secret in it. docs/configuration.md describes every key.
//
// The API process needs no credential of any source and the worker needs no
// caller's token, so each reads the same file and leaves the other's
// secrets where they are; see [Mode].
package config
