package jobs_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// modelVersion is the reading rule's version of the model's source.
const modelVersion = "model/1"

// paper is a record as a test writes it: a project, and what else its bytes say.
type paper struct {
	project.Project

	More json.RawMessage
}

// readPaper is the source's Normalize.
func readPaper(raw []byte) (project.Project, error) {
	var p paper
	err := json.Unmarshal(raw, &p) //nolint:musttag // written by this test as well
	p.ExternalID = ""
	return p.Project, err
}

// drawnRecord is a record of a page with what the model knows of it.
type drawnRecord struct {
	source.Record

	project project.Project
	// refusal is a part of the reason for which the record is put aside; empty
	// when it can be stored.
	refusal string
}

// hash restates the content hash.
func (d *drawnRecord) hash() []byte {
	sum := sha256.Sum256(slices.Concat([]byte(modelVersion), []byte{0}, d.Raw))
	return sum[:16]
}

// mirrorRow is a row of projects, without Holdfast's own id.
type mirrorRow struct {
	Project project.Project
	Payload string
	Hash    []byte
	// DeletedBy is the job that gave the row its tombstone, or empty.
	DeletedBy string
}

// mirrorChange is a row of project_changes.
type mirrorChange struct{ Job, Change, Fields string }

// mirrorPage is a row of the ledger. Saw has the external ids of its rows.
type mirrorPage struct {
	No, Epoch                                    int64
	Seen, Created, Updated, Unchanged, Restored  int64
	Duplicates, Quarantined, Unidentified, Check int64
	Saw                                          []string
}

// mirrorRefusal is a quarantined record. Reason is the part that the model knows.
type mirrorRefusal struct {
	Page                int64
	ID, Reason, Payload string
}

// mirror is what the tables should hold of one source, and the rules that move
// it on, in plain maps. Ledger and quarantine are those of the current job.
type mirror struct {
	Rows       map[string]mirrorRow
	History    map[string][]mirrorChange
	Ledger     []mirrorPage
	Quarantine []mirrorRefusal

	// saw has the rows that the partition's pages saw, aside the records that
	// they put aside.
	saw, aside map[string]bool
	// absent counts complete listings in a row without a live row.
	absent map[string]int
	// touched counts how often a row was written.
	touched map[string]int
}

func newMirror() *mirror {
	return &mirror{
		Rows: map[string]mirrorRow{}, History: map[string][]mirrorChange{}, saw: map[string]bool{}, aside: map[string]bool{},
		absent: map[string]int{}, touched: map[string]int{},
	}
}

// commit is the page transaction: all of a page's effects.
func (m *mirror) commit(job string, epoch int64, records []drawnRecord) {
	page := mirrorPage{No: int64(len(m.Ledger)) + 1, Epoch: epoch}
	named := map[string]bool{}
	for i := range records {
		r := &records[i]
		switch {
		case project.CheckID(r.ID) != nil:
			page.Unidentified++
			m.putAside(&page, r, "")
		case named[r.ID]:
			page.Duplicates++
		default:
			named[r.ID] = true
			m.record(&page, job, r)
		}
	}
	page.Seen = page.Created + page.Updated + page.Unchanged + page.Restored
	for _, id := range page.Saw {
		m.saw[id] = true
	}
	slices.Sort(page.Saw)
	m.Ledger = append(m.Ledger, page)
}

// record is what becomes of a record that has a good id, the first one on its page.
func (m *mirror) record(page *mirrorPage, job string, r *drawnRecord) {
	row, there := m.Rows[r.ID]
	dead := row.DeletedBy != ""
	switch {
	case m.saw[r.ID]:
		page.Duplicates++
		return
	case r.refusal != "" && m.aside[r.ID]:
		page.Duplicates++
		return
	case r.refusal != "":
		m.aside[r.ID] = true
		m.putAside(page, r, r.ID)
		if there && !dead {
			page.see(r.ID, row.Hash)
		}
		return
	case !there:
		page.Created++
		m.change(r.ID, mirrorChange{Job: job, Change: "created"})
	case dead:
		page.Restored++
		m.change(r.ID, difference(job, row.Project, r.project, true))
	case bytes.Equal(row.Hash, r.hash()):
		page.Unchanged++
	default:
		page.Updated++
		m.change(r.ID, difference(job, row.Project, r.project, false))
	}
	m.Rows[r.ID] = mirrorRow{Project: r.project, Payload: canonical(r.Raw), Hash: r.hash()}
	page.see(r.ID, r.hash())
}

func (m *mirror) putAside(page *mirrorPage, r *drawnRecord, id string) {
	page.Quarantined++
	m.Quarantine = append(m.Quarantine, mirrorRefusal{Page: page.No, ID: id, Reason: r.refusal, Payload: string(r.Raw)})
}

func (p *mirrorPage) see(id string, hash []byte) {
	p.Saw = append(p.Saw, id)
	p.Check += int64(binary.BigEndian.Uint64(hash))
}

// add sums the counters of pages up, as their partition does.
func (p *mirrorPage) add(page mirrorPage) {
	p.Seen += page.Seen
	p.Created += page.Created
	p.Updated += page.Updated
	p.Unchanged += page.Unchanged
	p.Restored += page.Restored
	p.Duplicates += page.Duplicates
	p.Quarantined += page.Quarantined
	p.Unidentified += page.Unidentified
}

func (m *mirror) change(id string, c mirrorChange) {
	m.History[id] = append(m.History[id], c)
	m.touched[id]++
}

// difference is the change from one version of a row to the next, as its history
// should tell it.
func difference(job string, old, now project.Project, wasDead bool) mirrorChange {
	before, after := columns(old), columns(now)
	fields := map[string]any{}
	for name := range after {
		was, is := encoded(before[name]), encoded(after[name])
		if was != is {
			fields[name] = map[string]json.RawMessage{"old": json.RawMessage(was), "new": json.RawMessage(is)}
		}
	}
	change := mirrorChange{Job: job, Change: "updated", Fields: encoded(fields)}
	switch {
	case wasDead:
		change.Change = "restored"
	case old.FullPath != now.FullPath:
		change.Change = "renamed"
	case len(fields) == 0:
		change.Fields = `{"payload":null}`
	}
	return change
}

// columns are a project's values by the names of their columns.
func columns(p project.Project) map[string]any {
	return map[string]any{
		"name": p.Name, "full_path": p.FullPath, "description": p.Description, "web_url": p.WebURL,
		"visibility": p.Visibility, "archived": p.Archived, "default_branch": p.DefaultBranch, "owner": p.Owner,
		"topics": p.Topics, "language": p.Language, "license": p.License, "stars": p.Stars, "forks": p.Forks,
		"created_at": p.CreatedAt, "updated_at": p.UpdatedAt, "last_activity_at": p.LastActivityAt,
	}
}

// finished is what a job's end says of absent rows.
type finished struct {
	Complete        bool
	Absent, Deleted int64
	// Rows is how many the receipt found.
	Rows int64
}

// finish is the end of a job: rows that a complete listing did not name, and none
// between two such, are counted, and get their tombstones after as many listings as runs says. Then
// the ledger begins anew.
func (m *mirror) finish(job string, runs int) finished {
	f := finished{Complete: true, Rows: int64(len(m.saw))}
	listed := int64(0)
	for _, page := range m.Ledger {
		listed += page.Seen + page.Quarantined
		f.Complete = f.Complete && page.Unidentified == 0
	}
	f.Complete = f.Complete && listed > 0
	for id := range m.saw {
		delete(m.absent, id)
	}
	if f.Complete {
		m.missing(job, runs, &f)
	}
	m.Ledger, m.Quarantine, m.saw, m.aside = nil, nil, map[string]bool{}, map[string]bool{}
	return f
}

func (m *mirror) missing(job string, runs int, f *finished) {
	for id, row := range m.Rows {
		if row.DeletedBy != "" || m.saw[id] {
			continue
		}
		m.absent[id]++
		if m.absent[id] < runs {
			f.Absent++
			continue
		}
		f.Deleted++
		delete(m.absent, id)
		row.DeletedBy = job
		m.Rows[id] = row
		m.change(id, mirrorChange{Job: job, Change: "deleted"})
	}
}

// canonical is JSON in one form for all that mean the same.
func canonical(raw []byte) string {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return string(raw)
	}
	return encoded(value)
}

func encoded(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func sortRefusals(refusals []mirrorRefusal) {
	slices.SortFunc(refusals, func(a, b mirrorRefusal) int {
		return cmp.Or(cmp.Compare(a.Page, b.Page), strings.Compare(a.ID, b.ID), strings.Compare(a.Payload, b.Payload))
	})
}
