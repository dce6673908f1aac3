package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxSize bounds a file: ten thousand sources fit, and a file given by mistake
// is refused before it is parsed.
const maxSize = 1 << 20

// maxDepth bounds nesting, which the parser follows by recursion. It leaves
// room for brackets in texts and comments, which count as well.
const maxDepth = 1000

// Node is a mapping in a file that waits to be decoded.
type Node struct {
	file   string
	at     *token.Position
	values []*ast.MappingValueNode
	// elsewhere are keys that are known beside the ones of this node: the
	// struct that this node is the rest of has taken them already.
	elsewhere []string
}

// Parse reads a file's text. A file without content is an empty mapping. The
// error is [Problems]; a syntax error is reported alone, because what follows
// it cannot be read.
func Parse(file string, text []byte) (*Node, error) {
	if problem := unreadable(text); problem != "" {
		return nil, Problems{{File: file, Message: problem}}
	}
	// Editors on Windows begin a file with a byte order mark.
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	tree, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, Problems{syntaxProblem(file, err)}
	}
	node := &Node{file: file, at: &token.Position{Line: 1, Column: 1}}
	var documents []ast.Node
	for _, document := range tree.Docs {
		if document.Body != nil && document.Body.Type() != ast.CommentType {
			documents = append(documents, document.Body)
		}
	}
	if len(documents) == 0 {
		return node, nil
	}
	if len(documents) > 1 {
		return nil, Problems{problemAt(file, documents[1], `a second document begins here; remove the line "---"`)}
	}
	values, ok := mapping(documents[0])
	if !ok {
		return nil, Problems{problemAt(file, documents[0], "the file must be a mapping; write lines like \"key: value\"")}
	}
	node.values = values
	return node, nil
}

// unreadable tells why a text cannot be parsed at all.
func unreadable(text []byte) string {
	if len(text) > maxSize {
		return fmt.Sprintf("larger than %d MiB; is this the right file?", maxSize>>20)
	}
	if !utf8.Valid(text) {
		return "not UTF-8 text; save the file as UTF-8"
	}
	if bytes.ContainsRune(text, 0) {
		return "contains a NUL byte; is this the right file?"
	}
	if depth(text) > maxDepth {
		return fmt.Sprintf("nested deeper than %d levels", maxDepth)
	}
	return ""
}

// depth is a rough measure of the nesting, taken without parsing: brackets
// that are open at once, and what the dashes and spaces before a line's first
// word can nest.
func depth(text []byte) int {
	deepest, open := 0, 0
	for line := range bytes.Lines(text) {
		for _, b := range line {
			switch b {
			case '[', '{':
				open++
			case ']', '}':
				open = max(0, open-1)
			}
			deepest = max(deepest, open)
		}
		indent := len(line) - len(bytes.TrimLeft(line, " -?:"))
		deepest = max(deepest, indent/2)
	}
	return deepest
}

// syntaxProblem keeps the parser's message and position and drops the excerpt
// of the source it would print: a secret may stand there.
func syntaxProblem(file string, err error) Problem {
	parseErr, ok := errors.AsType[yaml.Error](err)
	if !ok || parseErr.GetToken() == nil {
		return Problem{File: file, Message: "not YAML; check indentation, quotes and brackets"}
	}
	message := parseErr.GetMessage()
	// These two repeat what stands in the file.
	if strings.Contains(message, "default value for") || strings.Contains(message, "YAML version") {
		message = "directives and tags are not supported; put a value that begins with ! or % in quotes"
	}
	at := parseErr.GetToken().Position
	return Problem{File: file, Line: at.Line, Column: at.Column, Message: "not YAML: " + message + hint(message)}
}

// hint adds what to do to the parser's most frequent complaints.
func hint(message string) string {
	switch {
	case strings.Contains(message, "tab character"), strings.Contains(message, "'\t'"):
		return "; indent with spaces"
	case strings.Contains(message, "not allowed in this context"), strings.Contains(message, "reserved character"):
		return "; check the indentation, and put a text with special characters in quotes"
	case strings.Contains(message, "must be specified"):
		return `; inside { } and [ ] write "${VAR}" in quotes`
	}
	return ""
}

func problemAt(file string, node ast.Node, message string) Problem {
	at := startOf(node)
	return Problem{File: file, Line: at.Line, Column: at.Column, Message: message}
}

// startOf returns where a node begins. A mapping begins with its first key; the
// library says where its first colon is.
func startOf(node ast.Node) *token.Position {
	if entries, ok := mapping(node); ok && len(entries) > 0 {
		node = entries[0].Key
	}
	return node.GetToken().Position
}

// mapping returns the entries of a mapping.
func mapping(node ast.Node) ([]*ast.MappingValueNode, bool) {
	switch node := node.(type) {
	case *ast.MappingNode:
		return node.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{node}, true
	}
	return nil, false
}
