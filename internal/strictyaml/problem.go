package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a file and what to write instead.
type Problem struct { //nolint:errname // it is what a person has to mend, and reads so at every call
	File string
	// Line and Column count from 1; both are 0 for the file as a whole.
	Line, Column int
	// Path names the value within what was decoded, such as "worker.slice" or
	// "sources[2]"; it is no part of the message.
	Path    string
	Message string
}

// Error returns "file:line:column: message", which editors and terminals
// turn into a link.
func (p Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Problems is everything that is wrong with a file, in its order.
type Problems []Problem //nolint:errname // as above

// Error returns one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Under returns the problems of the value at a path and of all within it.
func (ps Problems) Under(path string) Problems {
	var under Problems
	for _, p := range ps {
		rest, found := strings.CutPrefix(p.Path, path)
		if found && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			under = append(under, p)
		}
	}
	return under
}

// Sorted returns the problems in the order of the file, each once.
func (ps Problems) Sorted() Problems {
	sorted := slices.Clone(ps)
	slices.SortStableFunc(sorted, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(sorted)
}
