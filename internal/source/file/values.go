package file

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// into sets a field to a value that could be converted.
func into[T any](field **T, value gjson.Result, convert func(gjson.Result) (T, error)) error {
	converted, err := convert(value)
	if err == nil {
		*field = &converted
	}
	return err
}

// required sets a field that is never null.
func required(field *string, value gjson.Result) error {
	converted, err := text(value)
	if err == nil {
		*field = converted
	}
	return err
}

// text reads a text as it stands, a number or a boolean as it is written.
func text(value gjson.Result) (string, error) {
	if value.IsObject() || value.IsArray() {
		return "", errors.New("is not a text")
	}
	return scalar(value), nil
}

// boolean reads the usual spellings of yes and no.
func boolean(value gjson.Result) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(value.String())) {
	case "true", "t", "yes", "y", "1", "1.0":
		return true, nil
	case "false", "f", "no", "n", "0", "0.0":
		return false, nil
	}
	return false, errors.New("is neither true nor false")
}

// integer reads a whole number. "4.0" is one: tools that know only floating
// point write it so wherever a column has gaps.
func integer(value gjson.Result) (int64, error) {
	digits := strings.TrimSpace(scalar(value))
	if number, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return number, nil
	}
	// Beyond 2^53 a float64 is no exact number.
	number, err := strconv.ParseFloat(digits, 64)
	if err != nil || number != math.Trunc(number) || math.Abs(number) > 1<<53 {
		return 0, errors.New("is not a whole number")
	}
	return int64(number), nil
}

// moment reads a time. Without a zone it is UTC.
func moment(value gjson.Result) (time.Time, error) {
	layouts := []string{
		time.RFC3339,
		"2006-01-02T15:04:05Z0700",
		"2006-01-02T15:04:05",
		"2006-01-02 15:04:05Z07:00",
		"2006-01-02 15:04:05Z07", // Postgres
		"2006-01-02 15:04:05 -0700",
		"2006-01-02 15:04:05 MST", // always UTC where services write it
		"2006-01-02 15:04:05",
		"2006-01-02 15:04",
		"2006/01/02 15:04:05",
		time.DateOnly,
		time.RFC1123Z,
		time.RFC1123,
	}
	written := strings.TrimSpace(scalar(value))
	for _, layout := range layouts {
		if t, err := time.Parse(layout, written); err == nil && t.Year() >= 1 && t.Year() <= 9999 {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errors.New("is not a date; write e.g. 2026-01-31T08:00:00Z or 2026-01-31")
}

// scalar returns a number as it is written and a text without its quotes.
func scalar(value gjson.Result) string {
	if value.Type == gjson.Number {
		return value.Raw
	}
	return value.String()
}

// list reads a JSON list of texts, without its nulls, or a text with commas or
// semicolons.
func list(field *[]string, value gjson.Result) error {
	if value.Type == gjson.String {
		*field = splitList(value.Str)
		return nil
	}
	if !value.IsArray() {
		return errors.New("is not a list")
	}
	elements := []string{}
	for _, element := range value.Array() {
		if element.IsObject() || element.IsArray() {
			return errors.New("is not a list of texts")
		}
		if element.Type != gjson.Null {
			elements = append(elements, element.String())
		}
	}
	*field = elements
	return nil
}

func splitList(text string) []string {
	elements := []string{}
	for element := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' }) {
		if element = strings.TrimSpace(element); element != "" {
			elements = append(elements, element)
		}
	}
	return elements
}
