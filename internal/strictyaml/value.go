package strictyaml

import (
	"encoding"
	"fmt"
	"iter"
	"reflect"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// value decodes one node into one field.
func (d *Decoder) value(node ast.Node, into reflect.Value, path string) {
	d.mark(path, node)
	switch {
	case isSecret(into):
		d.secret(node, into, path)
	case isText(into):
		d.scalar(node, into, path)
	default:
		d.container(node, into, path)
	}
}

// isText reports whether one scalar fills the field.
func isText(field reflect.Value) bool {
	if _, ok := reflect.TypeAssert[encoding.TextUnmarshaler](field.Addr()); ok || field.Type() == reflect.TypeFor[time.Duration]() {
		return true
	}
	switch field.Kind() {
	case reflect.Pointer, reflect.Struct, reflect.Slice, reflect.Map, reflect.Interface:
		return false
	default:
		return true
	}
}

// container decodes what is more than one scalar.
func (d *Decoder) container(node ast.Node, into reflect.Value, path string) {
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		d.value(node, into.Elem(), path)
	case reflect.Struct, reflect.Map:
		d.mapping(node, into, path)
	case reflect.Slice:
		d.list(node, into, path)
	default:
		if free := d.free(node, path); free != nil {
			into.Set(reflect.ValueOf(free))
		}
	}
}

// mapping decodes into a struct or a map. A key without a value is an empty
// mapping: that is what remains when everything below it is commented out.
func (d *Decoder) mapping(node ast.Node, into reflect.Value, path string) {
	entries, ok := mapping(node)
	switch {
	case !ok && !isNull(node):
		d.Problemf(path, "must be a mapping, not %s; write its keys on lines of their own below it", nameOf(node))
	case into.Kind() == reflect.Struct:
		d.structure(entries, into, path)
	default:
		d.dictionary(entries, into, path)
	}
}

// list decodes into a slice; a key without a value is an empty list.
func (d *Decoder) list(node ast.Node, into reflect.Value, path string) {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		if !isNull(node) {
			d.Problemf(path, "must be a list, not %s; write each element on a line of its own after %q", nameOf(node), "- ")
		}
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(list.Values), len(list.Values)))
	for i, element := range list.Values {
		d.value(element, into.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

func isNull(node ast.Node) bool {
	_, null := node.(*ast.NullNode)
	return null
}

func (d *Decoder) dictionary(entries []*ast.MappingValueNode, into reflect.Value, path string) {
	into.Set(reflect.MakeMap(into.Type()))
	for key, entry := range d.entries(entries, path) {
		value := reflect.New(into.Type().Elem()).Elem()
		d.value(entry.Value, value, join(path, key))
		into.SetMapIndex(reflect.ValueOf(key).Convert(into.Type().Key()), value)
	}
}

// free decodes into an any: texts, numbers and booleans by how they are
// written, lists as []any, mappings as map[string]any.
func (d *Decoder) free(node ast.Node, path string) any {
	var into reflect.Value
	switch node.(type) {
	case *ast.NullNode:
		return nil
	case *ast.MappingNode, *ast.MappingValueNode:
		into = reflect.New(reflect.TypeFor[map[string]any]())
	case *ast.SequenceNode:
		into = reflect.New(reflect.TypeFor[[]any]())
	case *ast.BoolNode:
		into = reflect.New(reflect.TypeFor[bool]())
	case *ast.IntegerNode:
		into = reflect.New(reflect.TypeFor[int64]())
	case *ast.FloatNode:
		into = reflect.New(reflect.TypeFor[float64]())
	default:
		into = reflect.New(reflect.TypeFor[string]())
	}
	d.value(node, into.Elem(), path)
	return into.Elem().Interface()
}

// entries yields the entries of a mapping by their key as text, and refuses
// duplicate keys and keys that are no plain text.
func (d *Decoder) entries(entries []*ast.MappingValueNode, path string) iter.Seq2[string, *ast.MappingValueNode] {
	return func(yield func(string, *ast.MappingValueNode) bool) {
		first := map[string]int{}
		for _, entry := range entries {
			token := entry.Key.GetToken()
			problem := ""
			switch line, seen := first[token.Value]; {
			case !plainKey(entry.Key):
				problem = "only plain keys are supported; write \"key: value\" without anchors, tags, ? and <<"
			case seen:
				problem = fmt.Sprintf("%s is already given on line %d; remove one of them", quote(token.Value), line)
			}
			first[token.Value] = token.Position.Line
			if problem != "" {
				d.keyProblem(entry.Key, join(path, token.Value), problem)
				continue
			}
			if !yield(token.Value, entry) {
				return
			}
		}
	}
}

func plainKey(key ast.Node) bool {
	switch key.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		return true
	}
	return false
}

// nameOf names what a node is, for a person.
func nameOf(node ast.Node) string {
	switch node.(type) {
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.NullNode:
		return "nothing"
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return "an anchor, alias or tag"
	}
	return "a single value"
}
