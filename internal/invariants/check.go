package invariants

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// TakeoverBound is how long a job may be without a worker that carries it on.
const TakeoverBound = 10 * time.Second

// idleBound is how long a session may do nothing within a transaction: the
// round trips of a page are milliseconds apart.
const idleBound = time.Second

// maxRows is how many of the rows that break a rule are shown.
const maxRows = 10

// Violation is a rule that does not hold, with the rows that break it.
type Violation struct {
	// Invariant is its number in docs/architecture.md, e.g. "I5".
	Invariant string
	// Rule is the sentence that is not true.
	Rule string
	// Rows describe the first of the rows that break it.
	Rows []string
}

// String is the violation for a person.
func (v Violation) String() string {
	return fmt.Sprintf("%s is broken: %s\n\t%s", v.Invariant, v.Rule, strings.Join(v.Rows, "\n\t"))
}

// rule is a sentence and the query for the rows that break it, one text each.
type rule struct {
	invariant, sentence, query string
	args                       pgx.NamedArgs
}

// numbered gives rules their invariant.
func numbered(invariant string, rules []rule) []rule {
	for i := range rules {
		rules[i].invariant = invariant
	}
	return rules
}

// Check returns every rule that does not hold at this moment. Each rule sees
// one snapshot of the database, so that it can be asked while syncs run.
func Check(ctx context.Context, pool *pgxpool.Pool) ([]Violation, error) {
	return apply(ctx, pool, slices.Concat(jobRules(), endRules(), sessionRules(), pageRules(), countRules(), proofRules(),
		tombstoneRules()))
}

// CheckAnswered returns the jobs that a client was promised by a 202 and that
// do not exist, or have not ended. It is for when all of them should have (I1).
func CheckAnswered(ctx context.Context, pool *pgxpool.Pool, jobIDs []string) ([]Violation, error) {
	return apply(ctx, pool, numbered("I1", []rule{{
		sentence: "every job answered with 202 exists and reaches a terminal state", query: `
		select format('job %s: %s', u.id, coalesce(j.status || ', ' || j.phase, 'does not exist'))
		from unnest(@ids::uuid[]) as u (id)
		left join sync_jobs j on j.id = u.id
		where j.finished_at is null
		order by u.id`, args: pgx.NamedArgs{"ids": jobIDs},
	}}))
}

func apply(ctx context.Context, pool *pgxpool.Pool, rules []rule) ([]Violation, error) {
	var broken []Violation
	var errs []error
	for _, r := range rules {
		violation, err := r.apply(ctx, pool)
		if err != nil {
			errs = append(errs, fmt.Errorf("check %s (%s): %w", r.invariant, r.sentence, err))
		}
		if len(violation.Rows) > 0 {
			broken = append(broken, violation)
		}
	}
	return broken, errors.Join(errs...)
}

func (r rule) apply(ctx context.Context, pool *pgxpool.Pool) (Violation, error) {
	v := Violation{Invariant: r.invariant, Rule: r.sentence}
	args := pgx.NamedArgs{"rows": maxRows}
	maps.Copy(args, r.args)
	rows, err := pool.Query(ctx, "select row from ("+r.query+") as broken (row) limit @rows", args)
	if err != nil {
		return v, err
	}
	v.Rows, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return v, err
}
