package strictyaml

import (
	"errors"
	"regexp"
	"strings"
)

// template is a text with ${VAR} in it, cut into literal and variable parts.
type template []part

// part is either a literal text or the name of an environment variable.
type part struct{ literal, variable string }

// variableName is what POSIX allows for the name of an environment variable.
const variableName = `^[A-Za-z_][A-Za-z0-9_]*$`

// parseTemplate cuts a text at its variables. "$$" stands for "$"; a "$" that
// is followed by neither "$" nor "{" stands for itself, so that passwords and
// jq expressions seldom need the escape.
func parseTemplate(text string) (template, error) {
	var parts template
	var literal strings.Builder
	for text != "" {
		before, after, found := strings.Cut(text, "$")
		literal.WriteString(before)
		switch {
		case !found:
			text = ""
		case strings.HasPrefix(after, "$"):
			literal.WriteByte('$')
			text = after[1:]
		case strings.HasPrefix(after, "{"):
			name, rest, closed := strings.Cut(after[1:], "}")
			if err := checkVariable(name, closed); err != nil {
				return nil, err
			}
			parts = append(parts, part{literal: literal.String()}, part{variable: name})
			literal.Reset()
			text = rest
		default:
			literal.WriteByte('$')
			text = after
		}
	}
	return append(parts, part{literal: literal.String()}), nil
}

func checkVariable(name string, closed bool) error {
	if !closed {
		return errors.New("${ is not closed; write ${NAME}, or $${ for the text itself")
	}
	// The name is not repeated: a value pasted between the braces is a secret.
	if !regexp.MustCompile(variableName).MatchString(name) {
		return errors.New("${…} must hold the name of an environment variable " +
			"(letters, digits and _, no default value); write ${NAME}, or $${ for the text itself")
	}
	return nil
}

// variables lists the variables in the order of the text.
func (t template) variables() []string {
	var names []string
	for _, p := range t {
		if p.variable != "" {
			names = append(names, p.variable)
		}
	}
	return names
}

// fill puts the variables' values in. A variable that is empty counts as
// missing: an empty credential is never meant.
func (t template) fill(getenv func(string) string) (filled string, values, missing []string) {
	var text strings.Builder
	for _, p := range t {
		text.WriteString(p.literal)
		if p.variable == "" {
			continue
		}
		value := getenv(p.variable)
		if value == "" {
			missing = append(missing, p.variable)
			continue
		}
		values = append(values, value)
		text.WriteString(value)
	}
	return text.String(), values, missing
}
