package source

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// Fields reads the members of one JSON object for [Source.Normalize]. A member
// that is missing or null reads as nil: the service did not state it. One of
// another type than asked for is remembered for Err, so that a service that
// changed its mind quarantines records rather than emptying a column.
type Fields struct {
	members []member
	err     error
}

// member is a member of the object.
type member struct {
	name  string
	value gjson.Result
}

// usualMembers is how many members a record has at most services.
const usualMembers = 64

// ReadFields reads the object in one pass. What is no object has no members.
// They lie in a list: for a dozen look-ups a map costs more to make than it
// saves, and twice the memory.
func ReadFields(raw []byte) *Fields {
	f := &Fields{members: make([]member, 0, usualMembers)}
	object := gjson.ParseBytes(raw)
	if !object.IsObject() {
		f.err = fmt.Errorf("the record is %s, not an object", kindOfJSON(object))
		return f
	}
	object.ForEach(func(key, value gjson.Result) bool {
		f.members = append(f.members, member{name: key.Str, value: value})
		return true
	})
	return f
}

// Err returns the first problem of the reads so far.
func (f *Fields) Err() error { return f.err }

// Text reads a text at a path like "name" or "namespace.full_path".
func (f *Fields) Text(path string) *string {
	return read(f, path, "a text", func(value gjson.Result) (string, bool) {
		return value.Str, value.Type == gjson.String
	})
}

// TextOr reads a text, or what stands in for one that is missing or empty.
func (f *Fields) TextOr(path, otherwise string) string {
	if text := f.Text(path); text != nil && *text != "" {
		return *text
	}
	return otherwise
}

// Required reads a text without which a record is of no use: one that is missing
// or empty is a problem for Err, too.
func (f *Fields) Required(path string) string {
	text := f.TextOr(path, "")
	if text == "" && f.err == nil {
		f.err = fmt.Errorf("the record has no %s", path)
	}
	return text
}

// Visibility reads whether a record is public, in the words of its column.
func (f *Fields) Visibility(path string) *string {
	switch public := f.Bool(path); {
	case public == nil:
		return nil
	case *public:
		return new("public")
	}
	return new("private")
}

// Int reads a whole number.
func (f *Fields) Int(path string) *int64 {
	return read(f, path, "a whole number", func(value gjson.Result) (int64, bool) {
		number := value.Int()
		return number, value.Type == gjson.Number && value.Raw == strconv.FormatInt(number, 10)
	})
}

// Bool reads true or false.
func (f *Fields) Bool(path string) *bool {
	return read(f, path, "true or false", func(value gjson.Result) (bool, bool) {
		return value.Bool(), value.IsBool()
	})
}

// Time reads a time as RFC 3339 or one of the spellings that services use for
// it. Without a zone it is UTC. An empty text is as good as null.
func (f *Fields) Time(path string) *time.Time {
	if value := f.lookup(path); value.Type == gjson.String && value.Str == "" {
		return nil
	}
	return read(f, path, "a time", func(value gjson.Result) (time.Time, bool) {
		return parseTime(value.Str)
	})
}

// Texts reads a list of texts, without its nulls.
func (f *Fields) Texts(path string) []string {
	texts := read(f, path, "a list of texts", func(value gjson.Result) ([]string, bool) {
		texts, clean := []string{}, value.IsArray()
		value.ForEach(func(_, element gjson.Result) bool {
			if element.Type == gjson.String {
				texts = append(texts, element.Str)
			}
			clean = clean && (element.Type == gjson.String || element.Type == gjson.Null)
			return clean
		})
		return texts, clean
	})
	if texts == nil {
		return nil
	}
	return *texts
}

func (f *Fields) lookup(path string) gjson.Result {
	name, rest, nested := strings.Cut(path, ".")
	value := f.member(name)
	if nested {
		return value.Get(rest)
	}
	return value
}

// member finds the last member of a name, which is the one that counts where a
// record has it twice.
func (f *Fields) member(name string) gjson.Result {
	for _, m := range slices.Backward(f.members) {
		if m.name == name {
			return m.value
		}
	}
	return gjson.Result{}
}

// read takes one member through a conversion, and remembers what is refused.
func read[T any](f *Fields, path, wanted string, convert func(gjson.Result) (T, bool)) *T {
	value := f.lookup(path)
	if value.Type == gjson.Null {
		return nil
	}
	converted, ok := convert(value)
	if !ok {
		if f.err == nil {
			f.err = fmt.Errorf("the record's %s is %s, not %s", path, kindOfJSON(value), wanted)
		}
		return nil
	}
	return &converted
}

// parseTime reads a time within the years that Postgres and RFC 3339 share.
func parseTime(text string) (time.Time, bool) {
	layouts := []string{
		time.RFC3339,
		"2006-01-02T15:04:05.999999999-0700", // Jira
		"2006-01-02 15:04:05 MST",            // old GitLab, always UTC
		"2006-01-02T15:04:05",
		"2006-01-02 15:04:05",
		time.DateOnly,
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), t.Year() >= 1 && t.Year() <= 9999
		}
	}
	return time.Time{}, false
}
