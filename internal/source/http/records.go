package httpapi

import (
	"bytes"
	"context"
	"errors"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// elements returns the elements of an answer's list: byte for byte where items
// is a path, encoded anew where it is a program.
func (s *httpSource) elements(ctx context.Context, a *answer) ([][]byte, error) {
	if s.items.isPath() && s.itemsKey == "" {
		elements, err := source.SplitArray(a.Body, s.items.path)
		if err != nil {
			return nil, a.Invalid("not_a_list", err.Error()+"; items must name the list")
		}
		return elements, nil
	}
	if err := source.CheckJSON(a.doc.body); err != nil {
		return nil, a.Invalid("bad_json", err.Error())
	}
	value, err := a.read(ctx, "items", s.items)
	if err != nil {
		return nil, err
	}
	if s.itemsKey != "" {
		return s.keyed(a, value)
	}
	elements, err := source.SplitArray([]byte(value.Raw), "")
	if !value.Exists() || err != nil {
		return nil, a.Invalid("not_a_list", "items gives no list; write [ ] around a jq expression that gives one value after the other")
	}
	return elements, nil
}

// keyed returns the values of an object that has records by their id. The key
// becomes the first member of each record that has no such member; all other
// bytes stay as they came.
func (s *httpSource) keyed(a *answer, object gjson.Result) ([][]byte, error) {
	if object.IsArray() && len(object.Array()) == 0 {
		return nil, nil // so PHP writes an empty object
	}
	if !object.IsObject() {
		return nil, a.Invalid("not_an_object", "items gives no object; remove items_key if it is a list")
	}
	elements := [][]byte{}
	object.ForEach(func(key, value gjson.Result) bool {
		elements = append(elements, s.withKey(key, value))
		return true
	})
	return elements, nil
}

func (s *httpSource) withKey(key, value gjson.Result) []byte {
	raw := []byte(value.Raw)
	if !value.IsObject() || value.Get(gjson.Escape(s.itemsKey)).Exists() {
		return raw
	}
	rest := bytes.TrimLeft(raw[1:], " \t\r\n")
	member := append(jsonText(s.itemsKey), ':')
	keyed := append([]byte("{"), member...)
	keyed = append(keyed, key.Raw...)
	if rest[0] != '}' {
		keyed = append(keyed, ',')
	}
	return append(keyed, rest...)
}

// identify makes a record of one element. Only the end of the context is an
// error: a record without an id is one all the same.
func (s *httpSource) identify(ctx context.Context, raw []byte) (source.Record, error) {
	if s.id.isPath() {
		return source.NewRecord(raw, s.id.path), nil
	}
	record := source.NewRecord(raw, "id")
	if !bytes.HasPrefix(raw, []byte("{")) || !utf8.Valid(raw) {
		return record, nil
	}
	id, err := s.id.read(ctx, newDocument(raw))
	switch {
	case ctx.Err() != nil:
		return record, context.Cause(ctx)
	case err != nil:
		record.ID, record.Err = "", err
	case !id.Exists():
		record.ID, record.Err = "", errors.New("the record has no id: the jq expression of id gives nothing")
	default:
		// The same rules as for an id that is a member.
		found := source.NewRecord([]byte(`{"id":`+id.Raw+`}`), "id")
		record.ID, record.Err = found.ID, found.Err
	}
	return record, nil
}
