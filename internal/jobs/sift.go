package jobs

import (
	"cmp"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/store"
)

// maxPayload bounds what is kept of a record that cannot be used, in bytes.
const maxPayload = 1 << 20

// candidate is a record that may become a row: its id is good and the page
// has no other of that id before it.
type candidate struct {
	id   string
	raw  []byte
	hash []byte
	// confirmed says that the service did not send the record, because it is what
	// it was: raw is nil, and only a row with that very hash can stand for it.
	confirmed bool
	// bad says why the record cannot be used, once that is known.
	bad error
	// normalized is set where the record was read ahead of the look-up.
	normalized *normalized
}

// normalized is what the source made of a record.
type normalized struct {
	project project.Project
	err     error
}

// sifted are a page's records before they are looked up: candidates, those
// that cannot be used, and the number of repeated ids.
type sifted struct {
	candidates []candidate
	rejected   []store.Quarantined
	duplicates int64
}

// sift sorts a page's records. With readAhead it also reads them, which is
// otherwise left to those that turn out to be new or changed.
func sift(records []source.Record, src Source, readAhead bool) sifted {
	version := src.Version()
	result := sifted{candidates: make([]candidate, 0, len(records))}
	ids := make(map[string]struct{}, len(records))
	for _, record := range records {
		idErr := project.CheckID(record.ID)
		if idErr != nil {
			// What the source says about it is why it has no id.
			result.rejected = append(result.rejected, reject("", record.Raw, cmp.Or(record.Err, idErr)))
			continue
		}
		if _, again := ids[record.ID]; again {
			result.duplicates++
			continue
		}
		ids[record.ID] = struct{}{}
		c := candidate{id: record.ID, raw: record.Raw, bad: record.Err}
		if c.bad == nil {
			c.hash = contentHash(version, record.Raw, src.VolatileFields)
		}
		if c.bad == nil && readAhead {
			c.normalized = normalize(src, &c)
		}
		result.candidates = append(result.candidates, c)
	}
	return result
}

// normalize reads a record's columns and checks them.
func normalize(src Source, c *candidate) *normalized {
	p, err := src.Normalize(c.raw)
	if err == nil {
		p.ExternalID = c.id
		err = p.Check()
	}
	return &normalized{project: p, err: err}
}

func reject(id string, raw []byte, why error) store.Quarantined {
	q := store.Quarantined{Reason: clip(why.Error(), maxMessage), Payload: raw[:min(len(raw), maxPayload)]}
	if id != "" {
		q.ExternalID = &id
	}
	return q
}
