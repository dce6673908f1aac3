package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"holdfast/internal/sampleforge"
)

// drainTimeout is what requests in flight are given after a signal. Requests
// that hang on purpose are cancelled at once.
const drainTimeout = 3 * time.Second

// config is what flags and environment say.
type config struct {
	listen string
	opts   sampleforge.Options
}

// run serves until the context ends.
func run(ctx context.Context, args []string, getenv func(string) string, stderr io.Writer) error {
	cfg, err := parse(args, getenv, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.listen)
	if err != nil {
		return fmt.Errorf("%w; choose another address with -listen", err)
	}
	log := slog.New(slog.NewJSONHandler(stderr, nil))
	log.Info("sample forge is up", "url", "http://"+listener.Addr().String(), "projects", cfg.opts.Projects, "seed", cfg.opts.Seed)
	return serve(ctx, listener, sampleforge.New(cfg.opts))
}

// serve answers until the context ends, and lets requests in flight finish.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	select {
	case err := <-stopped:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		return errors.Join(fmt.Errorf("requests were still in flight after %s: %w", drainTimeout, err), server.Close())
	}
	return nil
}

// parse reads the flags; the environment gives their defaults.
func parse(args []string, getenv func(string) string, stderr io.Writer) (config, error) {
	var cfg config
	var rateLimit string
	flags := flag.NewFlagSet("sampleforge", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&cfg.listen, "listen", "127.0.0.1:8002", "address to listen on")
	flags.IntVar(&cfg.opts.Projects, "projects", 4000, "how many projects there are")
	flags.Uint64Var(&cfg.opts.Seed, "seed", 1, "chooses the projects' contents")
	flags.Int64Var(&cfg.opts.FirstID, "first-id", 0, "lower bound of the ids (default beyond 32 bits)")
	flags.StringVar(&cfg.opts.Token, "token", "", "what PRIVATE-TOKEN or Bearer must carry; none if empty")
	flags.StringVar(&cfg.opts.ExternalURL, "external-url", "", "address in web_url and Link headers")
	flags.DurationVar(&cfg.opts.Latency, "latency", 0, "time that every answer takes")
	flags.DurationVar(&cfg.opts.PageLatency, "page-latency", 0, "time that a page of a listing takes on top")
	flags.StringVar(&rateLimit, "rate-limit", "", "requests per period, e.g. 600/1m; none if empty")
	flags.Usage = func() { usage(flags) }
	if err := fromEnvironment(flags, getenv); err != nil {
		return config{}, err
	}
	if err := flags.Parse(args); err != nil {
		return config{}, err
	}
	if flags.NArg() > 0 {
		return config{}, fmt.Errorf("unexpected argument %q; sampleforge takes flags only, see -help", flags.Arg(0))
	}
	return cfg, check(&cfg, rateLimit)
}

func usage(flags *flag.FlagSet) {
	fmt.Fprint(flags.Output(), "sampleforge serves made-up projects as GitLab does; GET /-/sample/ tells how to change them.\n"+
		"Each flag can be given as an environment variable too: -page-latency as SAMPLEFORGE_PAGE_LATENCY.\n\n")
	flags.PrintDefaults()
}

func check(cfg *config, rateLimit string) error {
	limit, err := sampleforge.ParseRateLimit(rateLimit)
	if err != nil {
		return fmt.Errorf("-rate-limit: %w", err)
	}
	cfg.opts.RateLimit = limit
	const most = 100_000_000
	if cfg.opts.Projects < 0 || cfg.opts.Projects > most {
		return fmt.Errorf("-projects: must be from 0 to %d", most)
	}
	if cfg.opts.FirstID < 0 || cfg.opts.FirstID > 1<<62 {
		return errors.New("-first-id: must be from 0 to 2^62")
	}
	return nil
}

// fromEnvironment sets flags from SAMPLEFORGE_… variables.
func fromEnvironment(flags *flag.FlagSet, getenv func(string) string) error {
	var bad error
	flags.VisitAll(func(f *flag.Flag) {
		name := "SAMPLEFORGE_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value := getenv(name)
		if value == "" {
			return
		}
		if err := f.Value.Set(value); err != nil && bad == nil {
			bad = fmt.Errorf("%s does not read as -%s: %w", name, f.Name, err)
		}
	})
	return bad
}
