package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// jsonBinder reads bodies; the generated code asks it.
type jsonBinder struct{ limit int64 }

// Bind reads a JSON object into target. [io.EOF] tells the generated code that
// there is no body, whatever its Content-Type claims: curl -d "" sends one.
func (b jsonBinder) Bind(target any, c echo.Context) error {
	request := c.Request()
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), request.Body, b.limit))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(b.limit)
	}
	if err != nil {
		return unreadableBody(err)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return io.EOF
	}
	if encoding := request.Header.Get(echo.HeaderContentEncoding); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return unsupportedEncoding(encoding)
	}
	contentType := request.Header.Get(echo.HeaderContentType)
	if media, _, err := mime.ParseMediaType(contentType); err != nil || media != echo.MIMEApplicationJSON {
		return unsupportedMediaType(contentType)
	}
	return decodeObject(body, target)
}

// decodeObject decodes a JSON object strictly: exact names, no unknown ones,
// each once, no null where a value belongs, nothing behind it.
func decodeObject(body []byte, target any) error {
	fields, err := fieldsOf(body)
	if err != nil {
		return err
	}
	if name, twice := repeatedField(body); twice {
		return invalidBody(fmt.Sprintf("The field %q is there twice; send it once.", name))
	}
	known := fieldNames(target)
	for name, value := range fields {
		if !slices.Contains(known, name) {
			return invalidBody(fmt.Sprintf("There is no field %q. Known fields: %s.", name, strings.Join(known, ", ")))
		}
		if string(value) == "null" {
			return invalidBody(name + " is null; give it a value or leave it out.")
		}
		if isList(target, name) && slices.ContainsFunc(elementsOf(value), func(e json.RawMessage) bool { return string(e) == "null" }) {
			return invalidBody("An element of " + name + " is null; give it a value or leave it out.")
		}
	}
	err = json.Unmarshal(body, target)
	if typeErr, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		what := typeErr.Field
		if isList(target, what) && typeErr.Type.Kind() != reflect.Slice {
			what = "Each element of " + what
		}
		return invalidBody(fmt.Sprintf("%s must be a JSON %s, not %s (at byte %d).",
			what, jsonType(typeErr.Type), withArticle(typeErr.Value), typeErr.Offset))
	}
	if err != nil {
		return invalidJSON(fmt.Sprintf("The body cannot be read: %v.", err))
	}
	return nil
}

// fieldsOf splits an object into its fields.
func fieldsOf(body []byte) (map[string]json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	var fields map[string]json.RawMessage
	err := decoder.Decode(&fields)
	if syntaxErr, ok := errors.AsType[*json.SyntaxError](err); ok {
		return nil, invalidJSON(fmt.Sprintf("The body is not valid JSON at byte %d: %v.", syntaxErr.Offset, syntaxErr))
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, invalidJSON(fmt.Sprintf("The body ends at byte %d in the middle of the JSON.", len(body)))
	}
	if err != nil || fields == nil {
		return nil, invalidBody(`The body must be a JSON object, for example {"source": "gitlab"}.`)
	}
	if rest := bytes.TrimSpace(body[decoder.InputOffset():]); len(rest) > 0 {
		return nil, invalidJSON(fmt.Sprintf("Something follows the JSON object at byte %d.", decoder.InputOffset()+1))
	}
	return fields, nil
}

// repeatedField finds a name that an object has more than once. Readers differ
// about which of the two counts, so neither does.
func repeatedField(object []byte) (string, bool) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	_, _ = decoder.Token() // the brace: fieldsOf has read the object
	seen := map[string]bool{}
	for decoder.More() {
		token, _ := decoder.Token()
		name, _ := token.(string)
		if seen[name] {
			return name, true
		}
		seen[name] = true
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return "", false
		}
	}
	return "", false
}

// elementsOf splits a list into its elements; another value has none.
func elementsOf(value json.RawMessage) []json.RawMessage {
	var elements []json.RawMessage
	if json.Unmarshal(value, &elements) != nil {
		return nil
	}
	return elements
}

// isList reports whether a struct's field of that name in JSON is a list.
func isList(target any, name string) bool {
	t := reflect.TypeOf(target).Elem()
	i := slices.Index(fieldNames(target), name)
	if i < 0 {
		return false
	}
	field := t.Field(i).Type
	if field.Kind() == reflect.Pointer {
		field = field.Elem()
	}
	return field.Kind() == reflect.Slice
}

// fieldNames lists the names of a struct's fields in JSON.
func fieldNames(target any) []string {
	t := reflect.TypeOf(target).Elem()
	list := make([]string, 0, t.NumField())
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		list = append(list, name)
	}
	return list
}

// withArticle puts the indefinite article before the name of a JSON value.
func withArticle(value string) string {
	if value == "array" || value == "object" {
		return "an " + value
	}
	return "a " + value
}

// jsonType names a Go type as JSON does.
func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return "array"
	case reflect.Struct, reflect.Map:
		return "object"
	}
	return t.Kind().String()
}
