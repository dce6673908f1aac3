package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"holdfast/chaos/history"
	"holdfast/internal/invariants"
)

// orderTime is how long the search for an order of the operations of one source
// may take. Ten thousand, which are those of half an hour, need a tenth of a
// second when they have one.
const orderTime = 2 * time.Minute

// checkHistory looks whether what all clients were told of the jobs of a source
// could have happened in one order. What the search does not decide is as bad
// as what it refutes: the run has proven nothing.
func (s *stage) checkHistory(life *life, r *report) error {
	results := history.Check(life.history.Operations(), orderTime)
	if len(results) < len(s.system.Forges) {
		return fmt.Errorf("only %d of %d sources have a history", len(results), len(s.system.Forges))
	}
	var errs []error
	for i := range results {
		r.operations += results[i].Operations
		errs = append(errs, s.judge(&results[i], r))
	}
	return errors.Join(errs...)
}

// judge finds a source broken whose operations have no order.
func (s *stage) judge(result *history.Result, r *report) error {
	switch result.Verdict {
	case history.Linearizable:
		return nil
	case history.Broken:
		drawing := filepath.Join(s.run, "history-"+result.Source+".html")
		r.found(disorder(result, "drawn in "+drawing))
		return draw(result, drawing)
	default:
		r.found(disorder(result, fmt.Sprintf("%d operations: %s within %s", result.Operations, result.Verdict, orderTime)))
		return nil
	}
}

// disorder is the violation of a source whose operations have no order.
func disorder(result *history.Result, remark string) invariants.Violation {
	v := invariants.Violation{
		Invariant: "order", Rule: "what all clients saw of the jobs of " + result.Source + " has an order that the rules of a job allow",
	}
	for i := range result.Excerpt {
		v.Rows = append(v.Rows, result.Excerpt[i].String())
	}
	v.Rows = append(v.Rows, remark)
	return v
}

// draw writes the drawing of a history into a file.
func draw(result *history.Result, name string) error {
	file, err := os.Create(name) //nolint:gosec // where the caller wants it
	if err != nil {
		return fmt.Errorf("draw a history: %w", err)
	}
	return errors.Join(result.Draw(file), file.Close())
}
