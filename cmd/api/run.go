package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"holdfast/internal/config"
	"holdfast/internal/source/kinds"
)

const usage = `usage: holdfast-api [serve] [--config FILE]     answer requests (default: on 127.0.0.1:8001)
       holdfast-api migrate [--config FILE]     bring the database's schema up to date
       holdfast-api config check [--online] [--config FILE]
       holdfast-api healthcheck [URL]           ask a running API, for container health checks
       holdfast-api version | help

  --config FILE   the configuration (default: $HOLDFAST_CONFIG, else ./holdfast.yaml)
  --online        also reach each enabled source from here, and say what it found;
                  nothing is written anywhere

DATABASE_URL is used where the configuration has no database_url; with it,
migrate needs no configuration at all, unless one is named. SIGTERM or Ctrl-C:
/readyz says no, requests that are under way are answered, and the process ends
within seconds.
`

// checkConfig is the command of two words.
const checkConfig = "config check"

// errUsage makes the command end after its usage was printed.
var errUsage = errors.New("see the usage above")

// invocation is one call of the command.
type invocation struct {
	// config is the path of the configuration; named is whether the call or its
	// environment names it.
	config string
	named  bool
	// online is for config check.
	online         bool
	args           []string
	getenv         func(string) string
	stdout, stderr io.Writer
}

// run is the whole command but for the signals.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	command := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command, args = args[0], args[1:]
	}
	if command == "config" && len(args) > 0 && args[0] == "check" {
		command, args = checkConfig, args[1:]
	}
	flags := flag.NewFlagSet("holdfast-api", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {} // where it goes depends on why it is shown
	path := flags.String("config", "", "")
	online := flags.Bool("online", false, "")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			_, err = io.WriteString(stdout, usage)
			return err
		}
		fmt.Fprint(stderr, usage)
		return errUsage
	}
	call := invocation{
		config: config.Path(*path, getenv), named: *path != "" || getenv("HOLDFAST_CONFIG") != "",
		online: *online, args: flags.Args(), getenv: getenv, stdout: stdout, stderr: stderr,
	}
	do, err := call.command(command)
	if err != nil {
		fmt.Fprint(stderr, usage)
		return err
	}
	return do(ctx)
}

// command finds what to do, or says what is wrong with the call.
func (c invocation) command(name string) (func(context.Context) error, error) {
	if name == "config" {
		return nil, fmt.Errorf("config needs a second word, check: %w", errUsage)
	}
	allowed := 0
	if name == "healthcheck" {
		allowed = 1
	}
	if len(c.args) > allowed {
		return nil, fmt.Errorf("unexpected argument %q: %w", c.args[allowed], errUsage)
	}
	if c.online && name != checkConfig {
		return nil, fmt.Errorf("--online is for config check only: %w", errUsage)
	}
	switch name {
	case "serve":
		return c.serve, nil
	case "migrate":
		return c.migrate, nil
	case checkConfig:
		return c.configCheck, nil
	case "healthcheck":
		return c.healthcheck, nil
	case "version":
		return c.print("holdfast-api " + version + "\n"), nil
	case "help":
		return c.print(usage), nil
	}
	return nil, fmt.Errorf("unknown command %q: %w", name, errUsage)
}

func (c invocation) print(text string) func(context.Context) error {
	return func(context.Context) error {
		_, err := io.WriteString(c.stdout, text)
		return err
	}
}

// load reads the configuration. No driver is asked for anything here: the
// secrets of the sources stay where they are.
func (c invocation) load() (*config.Config, error) {
	return config.Load(c.config, c.getenv, config.ForAPI, kinds.All())
}

// database returns where the database is and how to log, for a command that
// needs nothing else: before there is a configuration the environment does. A
// configuration that is named must be there: it may name another database.
func (c invocation) database() (string, config.Log, error) {
	if _, err := os.Stat(c.config); !c.named && errors.Is(err, os.ErrNotExist) && c.getenv("DATABASE_URL") != "" {
		return c.getenv("DATABASE_URL"), config.Log{Level: "info", Format: "text"}, nil
	}
	cfg, err := c.load()
	if err != nil {
		return "", config.Log{}, err
	}
	return cfg.DatabaseURL.Reveal(), cfg.Log, nil
}
