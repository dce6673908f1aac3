package strictyaml

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Options say where values come from that do not stand in the file.
type Options struct {
	// Getenv looks an environment variable up; "" means that it is not set.
	Getenv func(string) string
	// Dir is the folder that the paths of …_file keys start from.
	Dir string
	// Unresolved reports whether the values at a path, such as
	// "api.tokens[0].token", are checked for their form only: variables are not
	// looked up, files are not read, and the fields stay as they were. Nil
	// resolves everything.
	Unresolved func(path string) bool
}

// Decoder decodes one node and gathers what is wrong with it.
type Decoder struct {
	root     *Node
	opts     Options
	problems Problems
	warnings Problems
	// positions tell where the value of each path stands.
	positions map[string]*token.Position
	// known are the keys of the struct that the node was decoded into.
	known []string
	// variables are the environment variables that each path's value came from.
	variables map[string][]string
	// outside are the values that came from the environment or from a file,
	// and every credential, wherever it stood.
	outside []string
}

// NewDecoder returns a decoder for a node.
func NewDecoder(root *Node, opts Options) *Decoder {
	return &Decoder{
		root: root, opts: opts,
		positions: map[string]*token.Position{"": root.at},
		variables: map[string][]string{},
	}
}

// Decode fills the struct that into points to. Keys are the fields' yaml tags;
// fields whose keys are absent keep their values, so that defaults are set
// beforehand. Problems are gathered; see [Decoder.Err].
//
// Fields may be texts, numbers, booleans, [time.Duration] ("30s", "7d"), any
// [encoding.TextUnmarshaler], structs, lists, maps with text keys, pointers to
// these, and any. A field of type [source.Secret] with the key K is filled
// from K or from the file that K_file names. A field *[Node] tagged ",inline"
// takes all keys that the struct does not know.
func (d *Decoder) Decode(into any) {
	d.structure(d.root.values, reflect.ValueOf(into).Elem(), "")
}

// Problemf reports what is wrong with the value at a path such as
// "worker.slice"; an absent value is reported at the nearest mapping around it.
func (d *Decoder) Problemf(path, format string, args ...any) {
	d.problems = append(d.problems, d.problem(path, format, args...))
}

// Refusef reports that a value cannot be used; the message continues a sentence
// that begins with the value. A value that came from the environment is named
// by its variable and never shown. A value that was refused before, because it
// could not be read, is not refused twice.
func (d *Decoder) Refusef(path, value, format string, args ...any) {
	if d.Failed(path) {
		return
	}
	message := fmt.Sprintf(format, args...)
	subject := quote(value)
	if variables := d.variables[path]; len(variables) > 0 {
		subject = "the value of ${" + strings.Join(variables, "}${") + "}"
		if value != "" && strings.Contains(message, value) {
			message = "is not valid"
		}
	}
	d.Problemf(path, "%s %s", subject, message)
}

// OneOf refuses a value that is none of the known ones.
func (d *Decoder) OneOf(path, value string, known ...string) {
	if slices.Contains(known, value) {
		return
	}
	instead := "write " + strings.Join(known, " or ")
	if !d.Has(path) {
		d.Problemf(path, "missing; %s", instead)
		return
	}
	if meant := nearest(value, known); meant != "" && len(d.variables[path]) == 0 {
		instead = `did you mean "` + meant + `"?`
	}
	d.Refusef(path, value, "is not known here; %s", instead)
}

// Literal refuses a value that came from the environment, because it will be
// stored and shown.
func (d *Decoder) Literal(path string) {
	if len(d.variables[path]) > 0 {
		d.Problemf(path, "is stored and shown, so it may not come from the environment; write it into the file")
	}
}

// ProblemAt reports a message about the value at a path as it is, for messages
// that name the value themselves.
func (d *Decoder) ProblemAt(path, message string) {
	problem := d.problem(path, "")
	problem.Message = message
	d.problems = append(d.problems, problem)
}

// Warnf reports what a person should know about the value at a path but what is
// no reason to refuse it.
func (d *Decoder) Warnf(path, format string, args ...any) {
	d.warnings = append(d.warnings, d.problem(path, format, args...))
}

func (d *Decoder) problem(path, format string, args ...any) Problem {
	message := fmt.Sprintf(format, args...)
	if key := lastKey(path); key != "" {
		message = key + ": " + message
	}
	at := d.position(path)
	return Problem{File: d.root.file, Line: at.Line, Column: at.Column, Path: path, Message: message}
}

// Err returns all problems so far as [Problems], or nil.
func (d *Decoder) Err() error {
	if len(d.problems) == 0 {
		return nil
	}
	return d.problems.Sorted()
}

// Warnings returns all warnings so far.
func (d *Decoder) Warnings() Problems { return d.warnings.Sorted() }

// Has reports whether the file holds a value at a path.
func (d *Decoder) Has(path string) bool {
	_, has := d.positions[path]
	return has
}

// Knows reports whether a path begins with a key of the decoded struct, in the
// file or not.
func (d *Decoder) Knows(path string) bool {
	key, _, _ := strings.Cut(path, ".")
	return slices.Contains(d.known, key)
}

// Line returns the line of a path's value.
func (d *Decoder) Line(path string) int { return d.position(path).Line }

// Failed reports whether something is wrong with a path's value already.
func (d *Decoder) Failed(path string) bool { return len(d.problems.Under(path)) > 0 }

// shortestRedacted is the length below which a value is no credential, and
// replacing it would only make a message unreadable.
const shortestRedacted = 4

// Redact takes every value that came from outside the file, and every
// credential, out of a text that somebody else made from the decoded values:
// as they are, and as they stand in URLs and quoted texts.
func (d *Decoder) Redact(text string) string {
	var forms []string
	for _, value := range d.outside {
		if len(value) >= shortestRedacted {
			forms = append(forms, value, url.QueryEscape(value), url.PathEscape(value), strings.Trim(strconv.Quote(value), `"`))
		}
	}
	// Longer ones first: one may be a part of another.
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	for _, form := range forms {
		text = strings.ReplaceAll(text, form, "[redacted]")
	}
	return text
}

// position finds the place of a path, of the …_file key that stands for it, or
// of what is around it.
func (d *Decoder) position(path string) *token.Position {
	for {
		for _, key := range []string{path, path + fileSuffix} {
			if at, known := d.positions[key]; known {
				return at
			}
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
}

// lastKey is how a problem names its value: "worker.slice" is "slice".
func lastKey(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// mark remembers where the value of a path stands.
func (d *Decoder) mark(path string, node ast.Node) { d.positions[path] = startOf(node) }
