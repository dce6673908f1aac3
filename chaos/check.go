package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast/chaos/journal"
	"holdfast/internal/invariants"
	"holdfast/internal/sampletruth"
)

// check looks whether anything was lost, doubled, or said without being true.
func (s *stage) check(ctx context.Context, life *life, r *report) error {
	broken, err := invariants.Check(ctx, s.system.Pool)
	r.found(broken...)
	for i, forge := range s.system.Forges {
		truth, truthErr := sampletruth.Of(forge)
		broken, mirrorErr := invariants.CheckMirror(ctx, s.system.Pool, sourceName(i), truth)
		r.found(broken...)
		err = errors.Join(err, truthErr, mirrorErr)
	}
	for _, c := range life.clients {
		r.found(c.Wrong()...)
	}
	r.found(s.system.Crowd.Wrong()...)
	for status, n := range s.system.Crowd.Answers() {
		r.deeds[fmt.Sprintf("crowd_answered_%d", status)] = n
	}
	return errors.Join(err, s.checkJournals(ctx, life, r), s.checkHistory(life, r),
		s.checkFences(ctx, r), s.checkLogs(r), s.readFigures(ctx, r))
}

// checkJournals compares what clients were told with what there is.
func (s *stage) checkJournals(ctx context.Context, life *life, r *report) error {
	var told [][]journal.Record
	var promised []string
	for _, j := range life.journals {
		records, err := j.Close()
		if err != nil {
			return err
		}
		told = append(told, records)
		for _, record := range records {
			if record.Accepted != nil {
				r.accepted++
				promised = append(promised, record.Accepted.Jobs...)
			}
		}
	}
	facts, err := s.facts(ctx)
	if err != nil {
		return err
	}
	r.found(journal.Check(told, facts)...)
	slices.Sort(promised)
	broken, err := invariants.CheckAnswered(ctx, s.system.Pool, slices.Compact(promised))
	r.found(broken...)
	return err
}

// facts are what the database has.
func (s *stage) facts(ctx context.Context) (journal.Facts, error) {
	facts := journal.Facts{Jobs: map[string]string{}, Rows: map[string]time.Time{}}
	rows, err := s.system.Pool.Query(ctx, "select id::text, status from sync_jobs")
	if err != nil {
		return facts, fmt.Errorf("read jobs: %w", err)
	}
	var id, status string
	if _, err := pgx.ForEachRow(rows, []any{&id, &status}, func() error { facts.Jobs[id] = status; return nil }); err != nil {
		return facts, fmt.Errorf("read jobs: %w", err)
	}
	rows, err = s.system.Pool.Query(ctx, "select id::text, last_changed_at from projects")
	if err != nil {
		return facts, fmt.Errorf("read rows: %w", err)
	}
	var changedAt time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &changedAt}, func() error { facts.Rows[id] = changedAt; return nil })
	return facts, err
}

// checkLogs counts who was fenced; no process may panic.
func (s *stage) checkLogs(r *report) error {
	logged, err := s.system.Fleet.Logged()
	r.fenced = logged.Fenced
	if len(logged.Panics) > 0 {
		r.found(invariants.Violation{Invariant: "logs", Rule: "no process panics", Rows: logged.Panics})
	}
	return err
}

// readFigures reads what the run did.
func (s *stage) readFigures(ctx context.Context, r *report) error {
	return s.system.Pool.QueryRow(ctx, `
		select
			(select count(*) from sync_jobs),
			(select count(*) from sync_jobs where status = 'succeeded'),
			(select count(*) from sync_jobs where status = 'failed'),
			(select count(*) from sync_jobs where status = 'cancelled'),
			(select count(*) from projects),
			(select count(*) from project_changes),
			(select count(*) from sync_pages),
			(select count(distinct xmin::text) from sync_pages),
			(select coalesce(sum(takeovers), 0) from sync_partitions)`).
		Scan(&r.jobs, &r.succeeded, &r.failed, &r.cancelled, &r.rows, &r.changes, &r.pages, &r.transactions, &r.passedOn)
}

// jobIDs finds ids of jobs in the rows of violations.
func jobIDs(violations []invariants.Violation) []string {
	id := regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	var rows strings.Builder
	for _, v := range violations {
		rows.WriteString(strings.Join(v.Rows, " ") + " ")
	}
	ids := id.FindAllString(rows.String(), -1)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// timelines tells the story of every job that a violation names.
func (s *stage) timelines(ctx context.Context, violations []invariants.Violation) (string, error) {
	var text strings.Builder
	for _, id := range jobIDs(violations) {
		rows, err := s.system.Pool.Query(ctx, `
			select at, line from (
				select created_at, format('job of %s created by %s; now %s (%s), epoch %s, started %s, finished %s, error %s',
					source, trigger, status, phase, epoch, started_at, finished_at, error)
				from sync_jobs where id = $1
				union all
				select at, format('%s %s (partition %s): %s, retry at %s', kind, code, partition_id, message, retry_at)
				from sync_events where job_id = $1
				union all
				select coalesce(started_at, heartbeat_at, lease_until), format(
					'partition %s (%s) %s: epoch %s, page %s, takeovers %s, failures %s, heartbeat %s, lease until %s',
					id, name, state, epoch, page_no, takeovers, failures, heartbeat_at, lease_until)
				from sync_partitions where job_id = $1
				union all
				select l.committed_at, format('page %s of partition %s under epoch %s: seen %s', l.page_no, l.partition_id, l.epoch, l.seen)
				from sync_pages l join sync_partitions p on p.id = l.partition_id where p.job_id = $1
			) as story (at, line)
			order by at`, id)
		if err != nil {
			return "", fmt.Errorf("read the timeline of job %s: %w", id, err)
		}
		fmt.Fprintf(&text, "\n## Job %s\n\n```\n", id)
		var at time.Time
		var line string
		_, err = pgx.ForEachRow(rows, []any{&at, &line}, func() error {
			fmt.Fprintf(&text, "%s  %s\n", at.UTC().Format("15:04:05.000"), line)
			return nil
		})
		if err != nil {
			return "", fmt.Errorf("read the timeline of job %s: %w", id, err)
		}
		text.WriteString("```\n")
	}
	return text.String(), nil
}
