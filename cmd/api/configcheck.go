package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"holdfast/internal/checkreport"
	"holdfast/internal/config"
	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/source/kinds"
)

// onlineTimeout bounds how long one service may take to be checked.
const onlineTimeout = 30 * time.Second

// errUnreadable is returned for sources that cannot be read; what there is to
// say about each has been printed.
var errUnreadable = errors.New("not every source can be read")

// configCheck checks the configuration and, with --online, each source that is
// enabled, from this process: it writes nothing but its report.
func (c invocation) configCheck(ctx context.Context) error {
	if err := config.Check(c.stdout, c.config, c.getenv, kinds.All()); err != nil || !c.online {
		return err
	}
	cfg, err := config.Load(c.config, c.getenv, config.ForCheck, kinds.All())
	if err != nil {
		return err
	}
	for i := range cfg.Sources {
		if !cfg.Sources[i].Enabled {
			continue
		}
		checked := c.checkOnline(ctx, &cfg.Sources[i])
		if checked != nil && !errors.Is(checked, errUnreadable) {
			return checked
		}
		err = errors.Join(err, checked)
	}
	if err != nil {
		return errUnreadable
	}
	return nil
}

// checkOnline reaches a source and reports what it found.
func (c invocation) checkOnline(ctx context.Context, s *config.Source) error {
	src, err := s.Build(slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, onlineTimeout)
	report, err := source.Check(limited, src)
	cancel()
	if ctx.Err() != nil {
		return fmt.Errorf("check %q: %w", s.Name, ctx.Err())
	}
	found, failure := &report, (*project.JobError)(nil)
	if err != nil {
		found, failure = nil, failureOf(err)
	}
	if err := checkreport.Write(c.stdout, s.Name, found, failure); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if project.CheckOutcome(found, failure) != project.CheckOK {
		return errUnreadable
	}
	return nil
}

// failureOf puts an error of a source into the words of a report.
func failureOf(err error) *project.JobError {
	failure := &project.JobError{
		Code: "source_failed", Message: err.Error(), Retryable: source.KindOf(err) != source.Configuration,
	}
	if e, ok := errors.AsType[*source.Error](err); ok {
		failure.Code = e.Code
	}
	return failure
}
