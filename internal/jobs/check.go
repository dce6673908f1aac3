package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"holdfast/internal/source"
	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// checkTimeout bounds how long a service may take to be checked.
const checkTimeout = 30 * time.Second

// checkArgs is the task that checks a source. It belongs to no job.
type checkArgs struct {
	CheckID string `json:"check_id"`
	Source  string `json:"source"`
}

// Kind names the task in River's tables.
func (checkArgs) Kind() string { return "check" }

// InsertOpts gives it one attempt: whoever asked is waiting, and asks again.
func (checkArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueChecks, MaxAttempts: 1}
}

// StartCheck asks a worker whether it can read a source, and returns the id
// under which the store will have the answer. Only a worker can tell: the API
// has neither the source's credentials nor its network.
func (c *Client) StartCheck(ctx context.Context, name, caller string) (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make check id: %w", err)
	}
	err = c.store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.InsertCheck(ctx, db.InsertCheckParams{ID: id.String(), Source: name, Caller: caller}); err != nil {
			return fmt.Errorf("record check: %w", err)
		}
		if _, err := c.river.InsertTx(ctx, tx.Tx, checkArgs{CheckID: id.String(), Source: name}, nil); err != nil {
			return fmt.Errorf("insert check task: %w", err)
		}
		return nil
	})
	if err != nil {
		return "", enqueueError(err)
	}
	return id.String(), nil
}

type checkWorker struct {
	river.WorkerDefaults[checkArgs]

	r *runner
}

// Work checks a source and keeps the answer. Whoever asked waits for one, so a
// check that is cut off, or whose report Postgres refuses, is answered with that.
func (w *checkWorker) Work(ctx context.Context, job *river.Job[checkArgs]) error {
	checkCtx, cancel := context.WithTimeout(ctx, checkTimeout)
	report, err := w.r.check(checkCtx, job.Args.Source)
	cancel()
	var encoded []byte
	if err == nil {
		encoded, err = json.Marshal(report)
	}
	answer := db.FinishCheckParams{ID: job.Args.CheckID}
	switch {
	case err == nil:
		answer.Report = withoutNUL(encoded)
		if err = w.r.answerCheck(ctx, answer); err == nil {
			return nil
		}
		answer.Report = nil
		answer.Error, err = json.Marshal(jobError(storageFailure("keep the report", err), ""))
	case ctx.Err() != nil:
		answer.Error, err = json.Marshal(jobError(checkCutOff(), ""))
	default:
		answer.Error, err = json.Marshal(jobError(checkFailure(err), ""))
	}
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	return w.r.answerCheck(ctx, answer)
}

// answerCheck keeps an answer, also when the task's own context is over.
func (r *runner) answerCheck(ctx context.Context, answer db.FinishCheckParams) error {
	return r.inLastTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.FinishCheck(ctx, answer); err != nil {
			return fmt.Errorf("keep the answer: %w", err)
		}
		return nil
	})
}

// checkCutOff is the failure of a check whose worker does not wait for its end.
func checkCutOff() failure {
	return failure{
		kind: source.Transient, code: codeWorkerLost, retryable: true,
		message: "the worker was stopped before the check was over: check again",
	}
}

// withoutNUL replaces the one escape that jsonb refuses: a service's own text,
// such as the name of an account, may have it.
func withoutNUL(encoded []byte) []byte {
	return bytes.ReplaceAll(encoded, []byte(`\u0000`), []byte(`\ufffd`))
}

// check reaches the source.
func (r *runner) check(ctx context.Context, name string) (source.Report, error) {
	src, ok := r.sources[name]
	if !ok {
		return source.Report{}, errUnknownSource
	}
	return source.Check(ctx, src.Source)
}

func checkFailure(err error) failure {
	if errors.Is(err, errUnknownSource) {
		return failure{
			kind: source.Configuration, code: codeUnknownSource,
			message: "the worker's configuration has no such source: give API and worker the same file",
		}
	}
	return failureOf(err)
}
