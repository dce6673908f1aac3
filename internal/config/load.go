package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"holdfast/internal/source"
	"holdfast/internal/strictyaml"
)

// Mode says which secrets are looked up. The form of everything is checked in
// every mode.
type Mode int

const (
	// ForAPI leaves the values in the sources' options that come from the
	// environment or from files unresolved; the sources cannot be built.
	ForAPI Mode = iota
	// ForWorker leaves the tokens of the API's callers unresolved.
	ForWorker
	// ForCheck resolves everything.
	ForCheck
)

// Path returns the configuration's path: the flag if it is set, else the
// environment variable HOLDFAST_CONFIG, else holdfast.yaml in the working
// directory.
func Path(flag string, getenv func(string) string) string {
	return cmp.Or(flag, getenv("HOLDFAST_CONFIG"), "holdfast.yaml")
}

// Load reads, completes and validates the configuration at path. Options of
// the sources are checked by their kind's driver; none does any I/O for that.
// The error is [strictyaml.Problems] with everything that is wrong.
func Load(path string, getenv func(string) string, mode Mode, drivers []source.Driver) (*Config, error) {
	text, err := read(path)
	if err != nil {
		return nil, err
	}
	cfg, err := parse(path, text, getenv, mode, drivers)
	if err != nil {
		return nil, err
	}
	return cfg, nil
}

// read reads the file and says what to do when it cannot.
func read(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err == nil {
		return text, nil
	}
	message := fmt.Sprintf("cannot be read (%v); correct its path or permissions", errors.Unwrap(err))
	if errors.Is(err, fs.ErrNotExist) {
		message = "there is no such file; copy holdfast.example.yaml to it, or name another one with --config or HOLDFAST_CONFIG"
	}
	return nil, strictyaml.Problems{{File: path, Message: message}}
}

// parse turns a file's text into a configuration. With an error it returns
// what could be read, for the report of [Check].
func parse(path string, text []byte, getenv func(string) string, mode Mode, drivers []source.Driver) (*Config, error) {
	cfg := defaults()
	root, err := strictyaml.Parse(path, text)
	if err != nil {
		return cfg, err
	}
	env := environmentOf(path, getenv, mode)
	d := strictyaml.NewDecoder(root, strictyaml.Options{Getenv: getenv, Dir: env.dir, Unresolved: func(path string) bool {
		return mode == ForWorker && strings.HasPrefix(path, "api.tokens")
	}})
	d.Decode(cfg)
	cfg.complete(d, getenv)
	cfg.check(d, mode)
	checkSources(d, cfg.Sources, drivers)
	problems, warnings := problemsOf(d.Err()), d.Warnings()
	for i := range cfg.Sources {
		s := &cfg.Sources[i]
		s.env = env
		own, warned := s.verify()
		s.problems = len(own) + len(problems.Under(fmt.Sprintf("sources[%d]", i)))
		problems, warnings = append(problems, own...), append(warnings, warned...)
	}
	cfg.Warnings = warnings.Sorted()
	if len(problems) > 0 {
		return cfg, problems.Sorted()
	}
	return cfg, nil
}
