package jobs

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// taskErrors tells of tasks that ended with an error of which nothing could be
// written down: as a rule Postgres was out of reach. The leases of those of a job
// run out, and the reaper passes their work on. A check has no lease, and nobody
// takes it over: whoever asked has to ask again.
type taskErrors struct{ log *slog.Logger }

// taskSubject is what the arguments of a task have to say of it.
type taskSubject struct {
	JobID       string `json:"job_id"`
	Source      string `json:"source"`
	PartitionID int64  `json:"partition_id"`
	Epoch       int64  `json:"epoch"`
	CheckID     string `json:"check_id"`
}

// HandleError logs the error, which River would only keep in its own table.
func (e taskErrors) HandleError(ctx context.Context, task *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	var about taskSubject
	_ = json.Unmarshal(task.EncodedArgs, &about) // what cannot be read says nothing
	if task.Kind == (checkArgs{}).Kind() {
		e.log.WarnContext(ctx, "check failed, its answer could not be written", "check", about.CheckID, "source", about.Source,
			"error", err)
		return nil
	}
	attrs := []any{"task", task.Kind, "job", about.JobID, "source", about.Source, "epoch", about.Epoch, "error", err}
	if about.PartitionID != 0 {
		attrs = append(attrs, "partition_id", about.PartitionID)
	}
	e.log.WarnContext(ctx, "task failed, its lease will run out", attrs...)
	return nil
}

// HandlePanic leaves it at what River has logged, which has the stack.
func (e taskErrors) HandlePanic(context.Context, *rivertype.JobRow, any, string) *river.ErrorHandlerResult {
	return nil
}
