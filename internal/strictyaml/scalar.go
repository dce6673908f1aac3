package strictyaml

import (
	"encoding"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"time"

	"github.com/goccy/go-yaml/ast"

	"holdfast/internal/quantity"
)

// scalar decodes one text into one field.
func (d *Decoder) scalar(node ast.Node, into reflect.Value, path string) {
	if _, isBool := node.(*ast.BoolNode); isBool && into.Kind() == reflect.String {
		d.Problemf(path, "must be a text; write %q in quotes", node.GetToken().Value)
		return
	}
	text, ok := d.fill(node, path)
	if !ok {
		return
	}
	if err := convert(text, into); err != nil {
		d.Refusef(path, text, "%s", err)
	}
}

// fill returns a scalar's text with its variables filled in. It reports what
// keeps it from that, and returns false then and for what stays unresolved.
func (d *Decoder) fill(node ast.Node, path string) (string, bool) {
	raw, err := scalarText(node)
	if err != nil {
		d.Problemf(path, "%s", err)
		return "", false
	}
	parts, err := parseTemplate(raw)
	if err != nil {
		d.Problemf(path, "%s", err)
		return "", false
	}
	d.variables[path] = parts.variables()
	if len(d.variables[path]) > 0 && d.unresolved(path) {
		return "", false
	}
	text, values, missing := parts.fill(d.opts.Getenv)
	d.outside = append(d.outside, values...)
	for _, name := range missing {
		d.Problemf(path, "the environment variable %s is not set or empty; set it, or write $${%s} for the text itself", name, name)
	}
	return text, len(missing) == 0
}

// unresolved reports whether a path's value stays unresolved.
func (d *Decoder) unresolved(path string) bool {
	return d.opts.Unresolved != nil && d.opts.Unresolved(path)
}

// scalarText returns a scalar as it stands in the file: numbers keep their
// zeros, so that a text field may hold 007 or 1.10 without quotes.
func scalarText(node ast.Node) (string, error) {
	switch node := node.(type) {
	case *ast.StringNode:
		return node.Value, nil
	case *ast.LiteralNode:
		return node.Value.Value, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return node.GetToken().Value, nil
	case *ast.NullNode:
		return "", errors.New("has no value; write one or remove the key")
	}
	return "", fmt.Errorf("must be a single value, not %s", nameOf(node))
}

// longestQuote bounds how much of a value a message repeats.
const longestQuote = 40

func quote(text string) string {
	if runes := []rune(text); len(runes) > longestQuote {
		text = string(runes[:longestQuote]) + "…"
	}
	return strconv.Quote(text)
}

// convert reads a text into a field. Its errors continue a sentence that
// begins with the value, and do not repeat it.
func convert(text string, into reflect.Value) error {
	switch pointer := into.Addr().Interface().(type) {
	case *time.Duration:
		duration, err := quantity.ParseDuration(text)
		*pointer = duration
		return err
	case *quantity.Size:
		return pointer.UnmarshalText([]byte(text))
	case *netip.Prefix:
		if pointer.UnmarshalText([]byte(text)) != nil {
			return errors.New("is not a network; write an address and a prefix length, e.g. 10.0.0.0/8")
		}
		return nil
	case encoding.TextUnmarshaler:
		if err := pointer.UnmarshalText([]byte(text)); err != nil {
			return fmt.Errorf("is not valid: %w", err)
		}
		return nil
	}
	return convertKind(text, into)
}

func convertKind(text string, into reflect.Value) error {
	switch {
	case into.Kind() == reflect.String:
		into.SetString(text)
	case into.Kind() == reflect.Bool:
		if text != "true" && text != "false" {
			return errors.New("is neither true nor false; write one of them")
		}
		into.SetBool(text == "true")
	case into.CanInt():
		number, err := strconv.ParseInt(text, 10, into.Type().Bits())
		if err != nil {
			return errors.New("is not a whole number in range; write one, e.g. 8")
		}
		into.SetInt(number)
	case into.CanUint():
		number, err := strconv.ParseUint(text, 10, into.Type().Bits())
		if err != nil {
			return errors.New("is not a whole number in range; write one of 0 or more, e.g. 8")
		}
		into.SetUint(number)
	case into.CanFloat():
		return convertFloat(text, into)
	default:
		return fmt.Errorf("cannot be read into a %s", into.Type())
	}
	return nil
}

func convertFloat(text string, into reflect.Value) error {
	number, err := strconv.ParseFloat(text, into.Type().Bits())
	// Neither infinity nor NaN is a setting; comparisons with NaN are false.
	if err != nil || number-number != 0 {
		return errors.New("is not a number; write one, e.g. 0.1")
	}
	into.SetFloat(number)
	return nil
}
