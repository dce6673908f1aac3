package config

import (
	"fmt"
	"io"
	"text/tabwriter"

	"holdfast/internal/source"
)

// Check loads the configuration as strictly as possible, with every secret
// looked up, and writes a report for a person: each source with its state,
// then every problem and warning. It returns an error when anything is wrong;
// the report holds the details.
func Check(w io.Writer, path string, getenv func(string) string, drivers []source.Driver) error {
	text, err := read(path)
	if err != nil {
		return err
	}
	cfg, err := parse(path, text, getenv, ForCheck, drivers)
	problems := problemsOf(err)
	report := &report{w: w}
	report.sources(cfg.Sources)
	for _, problem := range problems {
		report.linef("%v", problem)
	}
	for _, warning := range cfg.Warnings {
		report.linef("%v (warning)", warning)
	}
	if len(problems) == 0 {
		report.linef("%s: ok", path)
	}
	if report.err != nil {
		return fmt.Errorf("write the report: %w", report.err)
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s: %s", path, count(len(problems), "problem"))
	}
	return nil
}

// report writes lines and remembers the first error.
type report struct {
	w   io.Writer
	err error
}

func (r *report) linef(format string, args ...any) {
	if r.err == nil {
		_, r.err = fmt.Fprintf(r.w, format+"\n", args...)
	}
}

// sources writes one line for each source: name, kind and state.
func (r *report) sources(sources []Source) {
	table := tabwriter.NewWriter(r.w, 0, 0, 2, ' ', 0)
	inner := &report{w: table}
	for i := range sources {
		s := &sources[i]
		inner.linef("source %s\t%s\t%s", orDash(s.Name), orDash(s.Kind), s.state())
	}
	if r.err = inner.err; r.err == nil {
		r.err = table.Flush()
	}
}

// state says in a few words how a source stands.
func (s *Source) state() string {
	switch {
	case s.problems > 0:
		return count(s.problems, "problem")
	case !s.Enabled:
		return "ok, disabled"
	}
	return "ok"
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
