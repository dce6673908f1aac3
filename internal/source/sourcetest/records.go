package sourcetest

import (
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"

	"holdfast/internal/source"
)

// Records are what a fake service holds, for a fake to embed: each has a whole
// number for an id, and a version that every update raises. A fake that answers
// holds them locked meanwhile.
type Records struct {
	sync.Mutex

	// Versions are those of the records, by id. Outside of the fake's answers
	// they are touched in [Records.Change] only.
	Versions map[int64]int64

	t      *testing.T
	render func(id, version int64) string
	odd    map[int64][]string
	// sorted is what Places returns, until something changes.
	sorted []Place
}

// Place is one element of a listing: a record, or an odd element behind it.
type Place struct {
	// ID is that of the record, also for an odd element behind it.
	ID int64
	// Odd is the element that is no record, or empty.
	Odd string
}

// NewRecords makes records with the given ids. The function writes the bytes of
// one; it is called with the records locked.
func NewRecords(t *testing.T, ids []string, render func(id, version int64) string) *Records {
	t.Helper()
	r := &Records{t: t, render: render, Versions: map[int64]int64{}, odd: map[int64][]string{}}
	for _, id := range ids {
		r.Add(id)
	}
	return r
}

// Add adds a record; it fits [Service.Add].
func (r *Records) Add(id string) { r.Change(func() { r.Versions[r.number(id)] = 1 }) }

// Remove takes a record away; it fits [Service.Remove].
func (r *Records) Remove(id string) { r.Change(func() { delete(r.Versions, r.number(id)) }) }

// Update raises the version of a record; it fits [Service.Update].
func (r *Records) Update(id string) { r.Change(func() { r.Versions[r.number(id)]++ }) }

// AddOdd lists an element that is no record behind one; it fits [Service.AddOdd].
func (r *Records) AddOdd(after, raw string) {
	r.Change(func() { r.odd[r.number(after)] = append(r.odd[r.number(after)], raw) })
}

// Change does something to the records, or to the fake around them, between two
// answers.
func (r *Records) Change(do func()) {
	r.Lock()
	defer r.Unlock()
	do()
	r.Moved()
}

// Moved is called after Versions were changed within an answer.
func (r *Records) Moved() { r.sorted = nil }

// Truth returns the bytes of each record by its id; it fits [Service.Truth].
func (r *Records) Truth() map[string][]byte {
	r.Lock()
	defer r.Unlock()
	truth := make(map[string][]byte, len(r.Versions))
	for id, version := range r.Versions {
		truth[strconv.FormatInt(id, 10)] = []byte(r.render(id, version))
	}
	return truth
}

// Places lists everything in the order of the ids. Nothing is written yet: of
// thousands of records a page shows few. The caller holds the lock and leaves
// the list as it is.
func (r *Records) Places() []Place {
	if r.sorted == nil {
		r.sorted = make([]Place, 0, len(r.Versions))
		for _, id := range slices.Sorted(maps.Keys(r.Versions)) {
			r.sorted = append(r.sorted, Place{ID: id})
			for _, raw := range r.odd[id] {
				r.sorted = append(r.sorted, Place{ID: id, Odd: raw})
			}
		}
	}
	return r.sorted
}

// Written returns the bytes of some places. The caller holds the lock.
func (r *Records) Written(places []Place) []string {
	elements := make([]string, len(places))
	for i, place := range places {
		if elements[i] = place.Odd; place.Odd == "" {
			elements[i] = r.render(place.ID, r.Versions[place.ID])
		}
	}
	return elements
}

// Service describes the fake for the suite; see the members of [Service].
func (r *Records) Service(server *Server, secret string, newSource func(t *testing.T) source.Source) *Service {
	return &Service{
		New: newSource, Truth: r.Truth, Break: server.Break, Secret: secret,
		Add: r.Add, Remove: r.Remove, Update: r.Update, AddOdd: r.AddOdd,
	}
}

func (r *Records) number(id string) int64 {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		r.t.Error(err)
	}
	return n
}
