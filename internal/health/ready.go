package health

import (
	"context"
	"time"
)

// Timeout bounds each check: a probe that hangs tells nobody anything.
const Timeout = 2 * time.Second

// Check is one condition for being ready.
type Check struct {
	// Name tells a person what was looked at, for "not in order: …".
	Name string
	// Run returns why it does not hold, for the log.
	Run func(ctx context.Context) error
}

// CheckError is a [Check] that does not hold.
type CheckError struct {
	// Check is its name.
	Check string
	// Err is why, for the log.
	Err error
}

// Error says what does not hold and why.
func (e *CheckError) Error() string { return e.Check + ": " + e.Err.Error() }

// Unwrap returns why.
func (e *CheckError) Unwrap() error { return e.Err }

// First returns the first check that does not hold, or nil.
func First(ctx context.Context, checks []Check) *CheckError {
	for _, check := range checks {
		if err := check.run(ctx); err != nil {
			return &CheckError{Check: check.Name, Err: err}
		}
	}
	return nil
}

func (c Check) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	return c.Run(ctx)
}
