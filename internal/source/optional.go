package source

import (
	"context"
	"time"

	"holdfast/internal/project"
)

// Incremental is a [Source] whose service has a trustworthy filter for what
// changed lately.
type Incremental interface {
	Source

	// PlanSince plans a listing of at least every project that changed at or
	// after the moment; more do no harm. Such a listing never shows what was
	// removed, so it decides nothing about absent rows.
	PlanSince(ctx context.Context, since time.Time) (Plan, error)
}

// Checker is a [Source] that can say how it sees its service, without writing
// anything anywhere.
type Checker interface {
	Source

	// Check reaches the service with the configured credentials. Its error is
	// one that a listing would meet too, and says what to mend.
	Check(ctx context.Context) (Report, error)
}

// Report is what a [Checker] found. None of it is a secret.
type Report = project.SourceReport

// Check checks any source: one that is no [Checker] is asked for its plan and
// its first page, which shows at least that it can be read.
func Check(ctx context.Context, src Source) (Report, error) {
	if checker, ok := src.(Checker); ok {
		return checker.Check(ctx)
	}
	plan, err := src.Plan(ctx)
	if err != nil {
		return Report{}, err
	}
	report := Report{Projects: plan.Total}
	for page, err := range src.List(ctx, plan.Partitions[0], "") {
		if err != nil {
			return Report{}, err
		}
		if page.Last && len(plan.Partitions) == 1 && report.Projects == nil {
			report.Projects = new(int64(len(page.Records)))
		}
		break
	}
	return report, nil
}
