// Package openapi is the HTTP interface as data: openapi.yaml is its source,
// and the types, the server's side (package api implements it) and the client
// (command holdfast uses it) are generated from it. After a change to
// openapi.yaml run "go generate ./internal/openapi" and list a new property in
// order.overlay.yaml.
//
// The generator reads OpenAPI 3.1 with two limits that the document keeps to: a
// nullable enum is written as oneOf with {type: "null"}, because null inside
// enum becomes a constant of its own, and "not" says nothing to it, so the
// handler itself refuses source together with sources.
package openapi

import _ "embed"

//go:generate ../../.tools/oapi-codegen -config types.yaml openapi.yaml
//go:generate ../../.tools/oapi-codegen -config server.yaml openapi.yaml
//go:generate ../../.tools/oapi-codegen -config client.yaml openapi.yaml

//go:embed openapi.yaml
var document string

// Document returns openapi.yaml.
func Document() string { return document }
