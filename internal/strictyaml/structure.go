package strictyaml

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// fileSuffix makes the key of a secret's file from the key of the secret.
const fileSuffix = "_file"

// structure decodes the entries of a mapping into the fields of a struct.
func (d *Decoder) structure(entries []*ast.MappingValueNode, into reflect.Value, path string) {
	fields, rest := fieldsOf(into)
	known := knownKeys(fields)
	if path == "" {
		d.known = known
	}
	var unknown []*ast.MappingValueNode
	for key, entry := range d.entries(entries, path) {
		name, secretFile := strings.CutSuffix(key, fileSuffix)
		switch field, isField := fields[key]; {
		case isField:
			d.value(entry.Value, field, join(path, key))
		case secretFile && fields[name].IsValid() && isSecret(fields[name]):
			d.secretFile(entry.Value, fields[name], join(path, key), join(path, name))
		case rest.IsValid():
			unknown = append(unknown, entry)
		default:
			d.unknownKey(entry.Key, join(path, key), d.alsoKnown(path, known))
		}
	}
	if rest.IsValid() {
		at := d.position(path)
		rest.Set(reflect.ValueOf(&Node{file: d.root.file, at: at, values: unknown, elsewhere: known}))
	}
}

// fieldsOf lists the fields of a struct by key. Embedded structs tagged
// ",inline" belong to it; rest is the field that takes unknown keys, if any.
func fieldsOf(structure reflect.Value) (fields map[string]reflect.Value, rest reflect.Value) {
	fields = map[string]reflect.Value{}
	for field, value := range structure.Fields() {
		key, option, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		switch {
		case !field.IsExported() || key == "-":
		case option == "inline" && field.Type == reflect.TypeFor[*Node]():
			rest = value
		case option == "inline":
			inner, _ := fieldsOf(value)
			maps.Copy(fields, inner)
		case key == "":
			fields[strings.ToLower(field.Name)] = value
		default:
			fields[key] = value
		}
	}
	return fields, rest
}

// knownKeys lists what may be written for the fields, in order.
func knownKeys(fields map[string]reflect.Value) []string {
	var keys []string
	for key, field := range fields {
		keys = append(keys, key)
		if isSecret(field) {
			keys = append(keys, key+fileSuffix)
		}
	}
	slices.Sort(keys)
	return keys
}

// alsoKnown adds the keys that the struct around this node has taken.
func (d *Decoder) alsoKnown(path string, known []string) []string {
	if path != "" {
		return known
	}
	return slices.Sorted(slices.Values(slices.Concat(known, d.root.elsewhere)))
}

// unknownKey refuses a key and names the one that was probably meant.
func (d *Decoder) unknownKey(node ast.Node, path string, known []string) {
	key := node.GetToken().Value
	message := "remove it, or write one of " + strings.Join(known, ", ")
	if meant := nearest(key, known); meant != "" {
		message = `did you mean "` + meant + `"?`
	}
	d.keyProblem(node, path, "unknown key "+quote(key)+"; "+message)
}

// keyProblem reports what is wrong with a key rather than with its value.
func (d *Decoder) keyProblem(node ast.Node, path, message string) {
	problem := problemAt(d.root.file, node, message)
	problem.Path = path
	d.problems = append(d.problems, problem)
}

// join appends a key to a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
