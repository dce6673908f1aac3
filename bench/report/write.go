package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// WriteJSON writes the report with every single value.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// header names the columns, which are those of [Row.cells].
func header() []string {
	return []string{"measured", "Holdfast", "against", "its figure", "ratio", "low–high", "want", ""}
}

// WriteMarkdown writes a table under each group's heading.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured on %s in %s by `%s`.\n\n%s\n", r.Started.UTC().Format("2006-01-02 15:04 MST"),
		r.Took.Round(time.Second), r.Command, r.Machine)
	group := ""
	notes := []string{}
	for _, row := range r.Rows {
		if row.Group != group {
			writeNotes(&b, notes)
			notes, group = nil, row.Group
			fmt.Fprintf(&b, "\n### %s\n\n| %s |\n|---|--:|---|--:|--:|--:|--:|---|\n", group, strings.Join(header(), " | "))
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row.cells(), " | "))
		if row.Note != "" {
			notes = append(notes, fmt.Sprintf("- %s: %s", row.Name, row.Note))
		}
	}
	writeNotes(&b, notes)
	_, err := io.WriteString(w, b.String())
	return err
}

func writeNotes(b *strings.Builder, notes []string) {
	if len(notes) > 0 {
		fmt.Fprintf(b, "\n%s\n", strings.Join(notes, "\n"))
	}
}

// WriteText writes one table for a terminal.
func (r *Report) WriteText(w io.Writer) error {
	lines := append(make([][]string, 0, len(r.Rows)+1), header())
	for _, row := range r.Rows {
		lines = append(lines, row.cells())
	}
	widths := make([]int, len(header()))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.Machine)
	group := ""
	for i, row := range r.Rows {
		if row.Group != group {
			group = row.Group
			fmt.Fprintf(&b, "\n%s\n", group)
			writeLine(&b, lines[0], widths)
		}
		writeLine(&b, lines[i+1], widths)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeLine(b *strings.Builder, cells []string, widths []int) {
	for i, cell := range cells {
		fmt.Fprintf(b, "  %s", aligned(cell, widths[i], isNumber(i)))
	}
	b.WriteString("\n")
}

// isNumber says whether a column is aligned to the right.
func isNumber(column int) bool { return column == 1 || column >= 3 && column <= 6 }

func aligned(cell string, width int, right bool) string {
	blanks := strings.Repeat(" ", width-utf8.RuneCountInString(cell))
	if right {
		return blanks + cell
	}
	return cell + blanks
}

// cells are a row as every table shows it.
func (r Row) cells() []string {
	want, verdict := "shown", ""
	if r.Mark != nil {
		want, verdict = r.Mark.String(), "missed"
		if r.Mark.Met(r.Ratio.Median) {
			verdict = "met"
		}
	}
	return []string{
		r.Name, r.Ours.String(), r.Against, r.Theirs.String(), number(r.Ratio.Median),
		number(r.Ratio.Low) + "–" + number(r.Ratio.High), want, verdict,
	}
}

// String writes the median with its unit.
func (f Figure) String() string { return number(f.Median) + " " + f.Unit }

// number writes about three digits, as many as such measurements are good for.
func number(v float64) string {
	switch size := math.Abs(v); {
	case size >= 1000:
		return thousands(int64(math.Round(v)))
	case size >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case size >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
}

// thousands writes a number with a comma between groups of three digits.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return sign + strings.Join(append([]string{digits}, groups...), ",")
}
