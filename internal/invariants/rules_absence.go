package invariants

import "slices"

// proofRules are those about jobs that decide about rows their listing did not name.
func proofRules() []rule {
	return numbered("I10", []rule{
		{sentence: "only a job that succeeded with a complete listing decides about absence", query: `
			select format('job %s (%s, complete: %s): absent %s, deleted %s, held %s', id, status,
				coalesce(listing_complete::text, 'unknown'), absent, deleted, held)
			from sync_jobs
			where absent + deleted + held > 0 and not (coalesce(listing_complete, false) and status = 'succeeded')`},
		{sentence: "a listing is complete only with every partition listed, a total that stood still and no record without an id", query: `
			select format('job %s, partition %s: %s, last page %s, total moved %s, without id %s', j.id, p.ordinal, p.state,
				p.last_page, p.total_moved, p.unidentified)
			from sync_jobs j
			join sync_partitions p on p.job_id = j.id
			where j.listing_complete
				and (p.state <> 'done' or not p.last_page or p.total_moved or p.unidentified > 0)`},
		{sentence: "a listing with another number of records than the source states is not complete", query: `
			select format('job %s: total %s, listed %s', j.id, j.total, sum(p.seen + p.quarantined))
			from sync_jobs j
			join sync_partitions p on p.job_id = j.id
			where j.listing_complete and j.total is not null
			group by j.id
			having sum(p.seen + p.quarantined) < j.total`},
		{sentence: "an absence was counted by a job with a complete listing", query: `
			select format('row %s: absent since job %s, last in job %s', a.project_id, a.first_job, a.last_job)
			from project_absences a
			join sync_jobs j on j.id in (a.first_job, a.last_job)
			where not coalesce(j.listing_complete, false)`},
		{sentence: "deletions are held by a job with a complete listing", query: `
			select format('plan %s (%s) of job %s', d.id, d.state, d.job_id)
			from deletion_plans d
			join sync_jobs j on j.id = d.job_id
			where not coalesce(j.listing_complete, false)`},
	})
}

// tombstoneRules are those about what such a decision leaves in the table.
func tombstoneRules() []rule {
	return slices.Concat(
		numbered("I10", []rule{
			{sentence: "a tombstone was written by a job with a complete listing", query: `
			select format('row %s (%s %s): deleted by job %s', p.id, p.source, p.external_id, p.deleted_by_job)
			from projects p
			left join sync_jobs j on j.id = p.deleted_by_job
			where p.deleted_at is not null
				and (p.deleted_by_job is null or p.deleted_reason is null
					or j.id is not null and not coalesce(j.listing_complete, false))`},
			{sentence: "a row that has a tombstone is not counted as absent any more", query: `
			select format('row %s is deleted, and absent in %s runs', a.project_id, a.runs)
			from project_absences a
			join projects p on p.id = a.project_id
			where p.deleted_at is not null`},
		}),
		numbered("I6", []rule{
			{sentence: "a row has a tombstone exactly when its history ends with a deletion", query: `
			select format('row %s (%s %s): deleted_at %s, last change %s', p.id, p.source, p.external_id, p.deleted_at,
				coalesce(c.change, 'none'))
			from projects p
			left join lateral (
				select change from project_changes where project_id = p.id order by id desc limit 1
			) c on true
			where (p.deleted_at is not null) <> (coalesce(c.change, '') = 'deleted')`},
		}),
	)
}
