package config

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/strictyaml"
)

// Source is one element of sources: the settings that every kind has, and
// beside them in the file the options of its kind.
type Source struct {
	Name string `yaml:"name"`
	// Kind names the driver.
	Kind    string `yaml:"kind"`
	Enabled bool   `yaml:"enabled"`
	// Mode is how the source is listed: full, or incremental where it can tell
	// what changed.
	Mode string `yaml:"mode"`
	// FullEvery is how often an incremental source is listed in full all the
	// same: only that shows what was removed.
	FullEvery time.Duration `yaml:"full_every"`
	// AbsentRuns is how many complete listings in a row must lack a row before
	// it gets its tombstone.
	AbsentRuns int `yaml:"absent_runs"`
	// MaxDeleteShare is the share of the live rows above which one job's
	// deletions are held for a person.
	MaxDeleteShare float64 `yaml:"max_delete_share"`
	// VolatileFields are top-level keys of the record that are left out of the
	// content hash, so that a change of them alone rewrites nothing.
	VolatileFields []string `yaml:"volatile_fields"`
	// Options are the other keys; the kind's driver knows them.
	Options *strictyaml.Node `yaml:",inline"`

	driver source.Driver
	env    environment
	// problems counts what is wrong with it, for the report of Check.
	problems int
}

// environment is where the values come from that do not stand in the file.
type environment struct {
	dir        string
	getenv     func(string) string
	unresolved bool
}

// errUnresolved keeps a driver from making a source without its secrets, or
// from reading files that only the worker has.
var errUnresolved = errors.New("this process does not resolve the options of sources")

// Build makes the source. In the API process it is an error. After a [Load]
// for the worker it fails only when a secret's file has changed since.
func (s *Source) Build(log *slog.Logger) (source.Source, error) {
	if s.env.unresolved {
		return nil, fmt.Errorf("source %q: %w", s.Name, errUnresolved)
	}
	built, d, err := s.build(log, false)
	if err != nil {
		return nil, problemsFrom(d, err)
	}
	return built, nil
}

// verify makes the source as far as this process may, and returns what is
// wrong and what a person should know.
func (s *Source) verify() (problems, warnings strictyaml.Problems) {
	if s.driver.New == nil {
		return nil, nil
	}
	// Who switches a source off may also take its secrets away.
	unresolved := s.env.unresolved || !s.Enabled
	built, d, err := s.build(slog.New(slog.DiscardHandler), unresolved)
	if _, can := built.(source.Incremental); built != nil && err == nil && !can && s.Mode == project.ModeIncremental {
		d.ProblemAt("", fmt.Sprintf("source %q cannot tell what changed: its service has no filter to trust for what it "+
			"lists; write mode: full", s.Name))
	}
	if unresolved || err == nil {
		return problemsOf(d.Err()), d.Warnings()
	}
	return problemsFrom(d, err), d.Warnings()
}

func (s *Source) build(log *slog.Logger, unresolved bool) (source.Source, *strictyaml.Decoder, error) {
	d := strictyaml.NewDecoder(s.Options, strictyaml.Options{
		Getenv: s.env.getenv, Dir: s.env.dir, Unresolved: func(string) bool { return unresolved },
	})
	built, err := s.driver.New(source.Settings{
		Name: s.Name,
		Dir:  s.env.dir,
		Log:  log.With("source", s.Name),
		Decode: func(options any) error {
			d.Decode(options)
			if err := d.Err(); err != nil || !unresolved {
				return err
			}
			return errUnresolved
		},
	})
	if err == nil {
		err = d.Err()
	}
	return built, d, err
}

// problemsFrom returns the decoder's problems or, where it has none, the
// driver's. A driver has seen the secrets, so they are taken out of its words.
func problemsFrom(d *strictyaml.Decoder, err error) strictyaml.Problems {
	if problems := problemsOf(d.Err()); len(problems) > 0 {
		return problems
	}
	for _, err := range apart(err) {
		message := d.Redact(err.Error())
		d.ProblemAt(firstKey(d, message), message)
	}
	return problemsOf(d.Err())
}

// firstKey finds the option that a driver's message is about, to show its
// place: the first word that is a key of the options, with or without a dot
// and a key within it.
func firstKey(d *strictyaml.Decoder, message string) string {
	for word := range strings.FieldsSeq(message) {
		if key := strings.Trim(word, "\"':,;"); d.Knows(key) {
			return key
		}
	}
	return ""
}

// apart returns the errors that were joined into one.
func apart(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// problemsOf returns the problems that an error consists of.
func problemsOf(err error) strictyaml.Problems {
	problems, _ := errors.AsType[strictyaml.Problems](err)
	return problems
}

func environmentOf(path string, getenv func(string) string, mode Mode) environment {
	return environment{dir: filepath.Dir(path), getenv: getenv, unresolved: mode == ForAPI}
}
