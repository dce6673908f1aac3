package jobs_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"pgregory.net/rapid"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// texts are what a text column must carry unchanged: whatever a statement, an
// array literal or a COPY stream gives a meaning of its own is among them.
var texts = []string{
	"", "plain", "NULL", `\N`, `{"a",b}`, `back\slash`, `"quoted"`, "tab\tand\nlines", "ünïcode ☃ 𝕏", "'; drop table",
	strings.Repeat("long ", 400),
}

// drawer draws pages. A record of one id and one version always has the same
// bytes, so that unchanged records are as common as changed ones.
type drawer struct {
	drawn map[string]drawnRecord
	page  int
}

// records draws the records of a page: few ids, so that they repeat.
func (d *drawer) records(t *rapid.T) []drawnRecord {
	ids := rapid.SampledFrom([]string{"1", "2", "3", "4", "5", `{"6",\N}`, "7 ☃", "NULL"})
	versions := rapid.IntRange(1, 3)
	records := make([]drawnRecord, rapid.IntRange(0, 9).Draw(t, "records"))
	for i := range records {
		id, version := ids.Draw(t, "id"), versions.Draw(t, "version")
		key := fmt.Sprint(id, "/", version)
		if _, known := d.drawn[key]; !known {
			d.drawn[key] = drawRecord(t, id)
		}
		records[i] = d.drawn[key]
	}
	return records
}

// next is a page position that was never used before.
func (d *drawer) next() source.Cursor {
	d.page++
	return source.Cursor(fmt.Sprint("page ", d.page))
}

// The ways in which a record cannot become a row: by its bytes, by what its
// source makes of them, or because Postgres refuses it.
const (
	usable          = "usable"
	unidentified    = "unidentified"
	unreadable      = "unreadable"
	notNormalizable = "not normalizable"
	absurdDate      = "absurd date"
	refusedText     = "text refused by Postgres"
	refusedPayload  = "payload refused by Postgres"
)

func drawRecord(t *rapid.T, id string) drawnRecord {
	how := rapid.SampledFrom([]string{
		usable, usable, usable, usable, usable, usable, unidentified, unreadable, notNormalizable, absurdDate,
		refusedText, refusedPayload,
	}).Draw(t, "how")
	p := drawProject(t, id)
	more := `{"b":1,"a":[true,null,"☃"]}`
	d := drawnRecord{project: p, Record: source.Record{ID: id}}
	switch how {
	case unidentified:
		d.ID = rapid.SampledFrom([]string{"", "nul\x00", "\xff", strings.Repeat("x", 5000)}).Draw(t, "bad id")
	case unreadable:
		d.Err = errUnreadable
		d.refusal = errUnreadable.Error()
	case notNormalizable:
		more = `}`
		d.refusal = "invalid character"
	case absurdDate:
		p.UpdatedAt = new(time.Date(0, 6, 1, 0, 0, 0, 0, time.UTC))
		d.refusal = project.ErrDate.Error()
	case refusedText:
		p.Owner = new("nul\x00")
		d.refusal = "it cannot be stored"
	case refusedPayload:
		more = rapid.SampledFrom([]string{`"\u0000"`, `"\ud800"`, `1e200000`, "\"\xff\""}).Draw(t, "refused")
		d.refusal = "it cannot be stored"
	}
	text := encoded(p)
	d.Raw = []byte(strings.TrimSuffix(text, "}") + `,"More":` + more + "}")
	return d
}

func drawProject(t *rapid.T, id string) project.Project {
	text := rapid.SampledFrom(texts)
	maybe := func(label string) *string { return rapid.Ptr(text, true).Draw(t, label) }
	moment := rapid.Ptr(rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMicro(rapid.Int64Range(-62135596800e6, 253402300799e6).Draw(t, "µs")).UTC()
	}), true)
	number := rapid.Ptr(rapid.Int64(), true)
	return project.Project{
		ExternalID: id, Name: text.Draw(t, "name"), FullPath: text.Draw(t, "path"), Description: maybe("description"),
		WebURL: maybe("url"), Visibility: maybe("visibility"), Archived: rapid.Ptr(rapid.Bool(), true).Draw(t, "archived"),
		DefaultBranch: maybe("branch"), Owner: maybe("owner"), Topics: drawTopics(t), Language: maybe("language"),
		License: maybe("license"), Stars: number.Draw(t, "stars"), Forks: number.Draw(t, "forks"),
		CreatedAt: moment.Draw(t, "created"), UpdatedAt: moment.Draw(t, "updated"), LastActivityAt: moment.Draw(t, "active"),
	}
}

// drawTopics draws no statement about topics, none, or some.
func drawTopics(t *rapid.T) []string {
	if rapid.Bool().Draw(t, "no topics") {
		return nil
	}
	return rapid.SliceOfN(rapid.SampledFrom(texts[:9]), 0, 3).Draw(t, "topics")
}

// modelSource is a source with one partition, whose pages the test makes itself.
type modelSource struct {
	source.Source

	// reading is called before a record is normalized.
	reading func()
}

// List has nothing: the worker drains, so that pages come from the test alone.
func (s *modelSource) List(context.Context, source.Partition, source.Cursor) iter.Seq2[source.Page, error] {
	return func(func(source.Page, error) bool) {}
}

func (s *modelSource) Version() string { return modelVersion }

func (s *modelSource) Normalize(raw []byte) (project.Project, error) {
	if s.reading != nil {
		s.reading()
	}
	return readPaper(raw)
}
