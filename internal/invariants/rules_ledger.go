package invariants

import "slices"

// pageRules are those that compare partitions with their ledger.
func pageRules() []rule {
	return slices.Concat(
		numbered("I5", []rule{
			{sentence: "the ledger of a partition has the pages 1 to page_no, without a gap", query: `
			select format('partition %s: page_no %s, ledger has %s pages from %s to %s', p.id, p.page_no, l.pages,
				l.first_page, l.last_page)
			from sync_partitions p
			cross join lateral (
				select count(*) as pages, coalesce(min(page_no), 1) as first_page, coalesce(max(page_no), 0) as last_page
				from sync_pages
				where partition_id = p.id
			) l
			where p.ledger_kept and (l.pages <> p.page_no or l.first_page <> 1 or l.last_page <> p.page_no)`},
			{sentence: "the epochs of a ledger never fall", query: `
			select format('partition %s: page %s has epoch %s, the page before it %s', partition_id, page_no, epoch, before)
			from (
				select partition_id, page_no, epoch, lag(epoch) over (partition by partition_id order by page_no) as before
				from sync_pages
			) pages
			where epoch < before`},
		}),
		numbered("I9", []rule{
			{sentence: "no page was committed under an epoch that its partition has not reached", query: `
			select format('partition %s at epoch %s: page %s has epoch %s', p.id, p.epoch, l.page_no, l.epoch)
			from sync_pages l
			join sync_partitions p on p.id = l.partition_id
			where l.epoch > p.epoch or l.epoch < 1`},
		}),
		numbered("I6", []rule{
			{sentence: "what a page has seen is created, updated, unchanged or restored", query: `
			select format('partition %s, page %s: seen %s', partition_id, page_no, seen)
			from sync_pages
			where seen <> created + updated + unchanged + restored`},
			{sentence: "the counters of a partition are the sums over its ledger", query: `
			select format('partition %s: %s, ledger %s', p.id,
				(p.seen, p.created, p.updated, p.unchanged, p.restored, p.duplicates, p.quarantined, p.unidentified), l)
			from sync_partitions p
			cross join lateral (
				select coalesce(sum(seen), 0) as seen, coalesce(sum(created), 0) as created,
					coalesce(sum(updated), 0) as updated, coalesce(sum(unchanged), 0) as unchanged,
					coalesce(sum(restored), 0) as restored, coalesce(sum(duplicates), 0) as duplicates,
					coalesce(sum(quarantined), 0) as quarantined, coalesce(sum(unidentified), 0) as unidentified
				from sync_pages
				where partition_id = p.id
			) l
			where p.ledger_kept
				and (p.seen, p.created, p.updated, p.unchanged, p.restored, p.duplicates, p.quarantined, p.unidentified)
				<> (l.seen, l.created, l.updated, l.unchanged, l.restored, l.duplicates, l.quarantined, l.unidentified)`},
		}),
	)
}

// countRules are those that compare what a job says with what the table shows.
func countRules() []rule {
	return slices.Concat(
		numbered("I6", []rule{
			{sentence: "the counters of a job are what the history of the rows shows", query: `
			select format('job %s: counted %s, history %s', j.id, (c.created, c.updated, c.restored, j.deleted), h)
			from sync_jobs j
			cross join lateral (
				select coalesce(sum(created), 0) as created, coalesce(sum(updated), 0) as updated,
					coalesce(sum(restored), 0) as restored
				from sync_partitions
				where job_id = j.id
			) c
			left join (
				select job_id, count(*) filter (where change = 'created') as created,
					count(*) filter (where change in ('updated', 'renamed')) as updated,
					count(*) filter (where change = 'restored') as restored,
					count(*) filter (where change = 'deleted') as deleted
				from project_changes
				group by job_id
			) h on h.job_id = j.id
			where (c.created, c.updated, c.restored, j.deleted)
				<> (coalesce(h.created, 0), coalesce(h.updated, 0), coalesce(h.restored, 0), coalesce(h.deleted, 0))`},
			{sentence: "the quarantine has as many records of a page as the ledger counts", query: `
			select format('partition %s, page %s: counted %s, kept %s', l.partition_id, l.page_no, l.quarantined,
				coalesce(q.kept, 0))
			from sync_pages l
			left join (
				select partition_id, page_no, count(*) as kept from quarantined_records group by partition_id, page_no
			) q on q.partition_id = l.partition_id and q.page_no = l.page_no
			where l.quarantined <> coalesce(q.kept, 0)`},
			{sentence: "every row of the table was created once", query: `
			select format('row %s (%s %s): created %s times', p.id, p.source, p.external_id, count(c.id))
			from projects p
			left join project_changes c on c.project_id = p.id and c.change = 'created'
			group by p.id
			having count(c.id) <> 1`},
			{sentence: "the receipt of a job that succeeded agrees with the table", query: `
			select format('job %s: receipt %s', id, coalesce(receipt::text, 'missing'))
			from sync_jobs
			where status = 'succeeded' and not coalesce((receipt ->> 'verified')::boolean, false)`},
		}),
		numbered("I7", []rule{
			{sentence: "every row that the history tells of is in the table", query: `
			select format('row %s is gone; job %s had it %s', c.project_id, c.job_id, c.change)
			from project_changes c
			where not exists (select from projects p where p.id = c.project_id)`},
		}),
	)
}
