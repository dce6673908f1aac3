package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"

	"holdfast/internal/openapi"
)

// defaultURL is where holdfast-api listens by default.
const defaultURL = "http://localhost:8001"

// defaultLimit is how many elements a list prints.
const defaultLimit = 50

// app is one call of the command.
type app struct {
	options

	args   []string
	client openapi.ClientWithResponsesInterface
	// out is for results, notes for what is said besides.
	out, notes io.Writer
	// screen is where progress is drawn.
	screen screen
}

// options are the flags; each command has some of them.
type options struct {
	url  string
	json bool

	watch   bool
	key     string
	source  string
	status  string
	search  string
	deleted bool
	limit   int
}

// command is one thing to do.
type command struct {
	// call shows the arguments, summary says what it does.
	name, call, summary string
	// min and max bound the arguments; max -1 is any number.
	min, max int
	// flags are the names of the flags it has beside --url and --json.
	flags []string
	do    func(context.Context, *app) error
}

// The flags that some commands have.
const (
	flagWatch   = "watch"
	flagKey     = "key"
	flagSource  = "source"
	flagStatus  = "status"
	flagSearch  = "q"
	flagDeleted = "deleted"
	flagLimit   = "limit"
)

// oneJob is the argument of most commands.
const oneJob = "JOB"

func commands() []command {
	return []command{
		{"sync", "[SOURCE…]", "sync the sources, or every enabled one", 0, -1, []string{flagWatch, flagKey}, startSync},
		{"status", oneJob, "show a job", 1, 1, []string{flagWatch}, showStatus},
		{"jobs", "", "list jobs, newest first", 0, 0, []string{flagSource, flagStatus, flagLimit}, listJobs},
		{"events", oneJob, "what went wrong on a job's way and what was done", 1, 1, []string{flagLimit}, listEvents},
		{"cancel", oneJob, "stop a job; what it committed stays", 1, 1, []string{flagWatch}, cancelJob},
		{"retry", oneJob, "run a failed or cancelled job again", 1, 1, []string{flagWatch, flagKey}, retryJob},
		{"sources", "", "list the sources and how they are doing", 0, 0, nil, listSources},
		{"check", "SOURCE", "have a worker see whether it can read a source", 1, 1, nil, checkSource},
		{"projects", "", "list mirrored projects", 0, 0, []string{flagSource, flagSearch, flagDeleted, flagLimit}, listProjects},
		{"deletions", "JOB [approve|discard]", "show deletions that a job held back, or decide", 1, 2, []string{flagLimit}, deletions},
	}
}

// run is the whole command but for the signals; it returns the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	err := execute(ctx, args, getenv, stdout, stderr)
	if text := complaint(err); text != "" {
		fmt.Fprintln(stderr, "holdfast:", text)
	}
	return exitCode(ctx, err)
}

func execute(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	opts := options{url: cmp.Or(getenv("HOLDFAST_URL"), defaultURL), limit: defaultLimit}
	global := flagSet(&opts, nil)
	if err := global.Parse(args); err != nil {
		return misused(stdout, err, usage(), seeHelp)
	}
	if global.NArg() == 0 {
		return usageError(errors.New("no command given"), usage())
	}
	name, rest := global.Arg(0), global.Args()[1:]
	switch name {
	case "help":
		_, err := io.WriteString(stdout, usage())
		return err
	case "version":
		_, err := fmt.Fprintln(stdout, "holdfast", version)
		return err
	}
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name })
	if i < 0 {
		return usageError(fmt.Errorf("unknown command %q", name), seeHelp)
	}
	arguments, err := parse(&opts, all[i], rest)
	if err != nil {
		return misused(stdout, err, all[i].help(), "usage: holdfast "+all[i].synopsis())
	}
	client, err := newClient(opts.url, getenv("HOLDFAST_TOKEN"))
	if err != nil {
		return err
	}
	screen := newScreen(stdout, stderr, opts.json, getenv("TERM"))
	a := &app{
		options: opts, args: arguments, client: client,
		out: results{screen: screen, to: stdout}, notes: stderr, screen: screen,
	}
	return a.perform(ctx, all[i])
}

// perform does what a command does, and leaves nothing of its progress behind
// that a complaint would follow.
func (a *app) perform(ctx context.Context, c command) error {
	defer a.screen.clear()
	return understood(c.do(ctx, a))
}

// parse reads a command's flags, which may stand before, between and behind
// its arguments.
func parse(opts *options, c command, args []string) ([]string, error) {
	set := flagSet(opts, c.flags)
	var arguments []string
	for {
		if err := set.Parse(args); err != nil {
			return nil, err
		}
		if set.NArg() == 0 {
			break
		}
		arguments, args = append(arguments, set.Arg(0)), set.Args()[1:]
	}
	if len(arguments) < c.min {
		return nil, fmt.Errorf("%s needs %s", c.name, c.call)
	}
	if c.max >= 0 && len(arguments) > c.max {
		return nil, fmt.Errorf("unexpected argument %q", arguments[c.max])
	}
	if i := slices.Index(arguments, ""); i >= 0 {
		return nil, fmt.Errorf("argument %d of %s is empty", i+1, c.name)
	}
	if opts.limit < 1 {
		return nil, errors.New("--limit must be at least 1")
	}
	return arguments, nil
}

func flagSet(o *options, names []string) *flag.FlagSet {
	set := flag.NewFlagSet("holdfast", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&o.url, "url", o.url, "")
	set.BoolVar(&o.json, "json", o.json, "")
	for _, name := range names {
		switch name {
		case flagWatch:
			set.BoolVar(&o.watch, name, false, "")
		case flagKey:
			set.StringVar(&o.key, name, "", "")
		case flagSource:
			set.StringVar(&o.source, name, "", "")
		case flagStatus:
			set.StringVar(&o.status, name, "", "")
		case flagSearch:
			set.StringVar(&o.search, name, "", "")
		case flagDeleted:
			set.BoolVar(&o.deleted, name, false, "")
		case flagLimit:
			set.IntVar(&o.limit, name, defaultLimit, "")
		}
	}
	return set
}

// printJSON prints an answer as the API gave it, but indented.
func (a *app) printJSON(value any) error {
	encoder := json.NewEncoder(a.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
