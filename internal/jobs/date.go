package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// dating lets the database date tasks that may run at once. River's driver
// dates them by the clock of the process that inserts them, and gives out only
// those whose time has come by the database's clock: in a process that is a
// minute ahead, each task would wait for a minute. The zero time is what its
// statement takes for now().
func dating() []rivertype.Hook {
	return []rivertype.Hook{river.HookInsertBeginFunc(func(_ context.Context, task *rivertype.JobInsertParams) error {
		if task.ScheduledAt == nil {
			task.ScheduledAt = new(time.Time)
		}
		return nil
	})}
}
