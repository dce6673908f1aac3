package sampleforge

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Forge is a GitLab-compatible server. It is safe for concurrent use.
type Forge struct {
	seed    uint64
	firstID int64
	pace    time.Duration
	token   string
	// webURL is in the records, linkURL in Link headers; the latter may be empty.
	webURL, linkURL      string
	latency, pageLatency time.Duration

	words         words
	namespaces    []namespace
	namespaceJSON [][]byte
	dealt         [places]int

	mux    *http.ServeMux
	limit  limiter
	faults faults
	counts counters

	mu sync.RWMutex
	// The fields below are what changes; mu guards them. count is the number of
	// projects that there have ever been.
	count   int
	overlay map[int]*change
	// removed holds the numbers of removed projects in ascending order, so that
	// the n-th project that is left is found by a binary search.
	removed []int
	// down tells which namespaces are left out of every listing.
	down [places]bool
}

// New returns a forge with its projects.
func New(opts Options) *Forge {
	f := &Forge{
		seed:        opts.Seed,
		firstID:     opts.FirstID,
		pace:        (lifetime / time.Duration(max(1, opts.Projects))).Truncate(time.Millisecond),
		token:       opts.Token,
		linkURL:     strings.TrimSuffix(opts.ExternalURL, "/"),
		latency:     opts.Latency,
		pageLatency: opts.PageLatency,
		words:       vocabulary(),
		namespaces:  namespaces(),
		limit:       limiter{RateLimit: opts.RateLimit},
		count:       max(0, opts.Projects),
		overlay:     map[int]*change{},
	}
	if f.firstID == 0 {
		f.firstID = defaultFirstID
	}
	f.webURL = f.linkURL
	if f.webURL == "" {
		f.webURL = "https://gitlab.example.com"
	}
	f.dealt = deal(f.namespaces)
	for _, n := range f.namespaces {
		f.namespaceJSON = append(f.namespaceJSON, appendNamespace(nil, f.namespaces, n))
	}
	f.mux = f.routes()
	return f
}

// ServeHTTP answers as GitLab does, and the calls below /-/sample/.
func (f *Forge) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.mux.ServeHTTP(w, r) }

// errNoProject is returned for an id that is not listed.
var errNoProject = errors.New("there is no such project")

// Len returns the number of projects listed at this moment.
func (f *Forge) Len() int {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.view(everything).len()
}

// Projects yields the projects that are listed, in the order of their ids. What
// changes during the iteration may or may not be seen.
func (f *Forge) Projects() iter.Seq[Project] {
	return func(yield func(Project) bool) {
		for number := range f.numbers() {
			f.mu.RLock()
			p := f.project(number)
			f.mu.RUnlock()
			if !yield(p) {
				return
			}
		}
	}
}

// numbers yields the numbers of the listed projects, taking the lock for each
// alone.
func (f *Forge) numbers() iter.Seq[int] {
	return func(yield func(int) bool) {
		for number := 0; ; number++ {
			f.mu.RLock()
			end, listed := number >= f.count, f.listed(number)
			f.mu.RUnlock()
			if end || listed && !yield(number) {
				return
			}
		}
	}
}

// Raw returns the bytes that every listing has for a project.
func (f *Forge) Raw(id int64) ([]byte, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	number, exists := f.number(id)
	if !exists || !f.listed(number) {
		return nil, fmt.Errorf("project %d: %w", id, errNoProject)
	}
	return f.appendProject(nil, f.project(number)), nil
}

// listed reports whether a project is neither removed nor in an outage.
func (f *Forge) listed(number int) bool {
	_, removed := slices.BinarySearch(f.removed, number)
	return !removed && !f.down[f.dealt[number%places]]
}

// Add creates projects after the last one.
func (f *Forge) Add(count int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count += max(0, count)
}

// Update changes a project; a new path is a rename.
func (f *Forge) Update(id int64, c Change) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	number, exists := f.number(id)
	if !exists {
		return fmt.Errorf("project %d: %w", id, errNoProject)
	}
	if f.overlay[number] == nil {
		f.overlay[number] = &change{}
	}
	f.overlay[number].merge(c)
	return nil
}

// Remove takes a project out of every listing until it is restored.
func (f *Forge) Remove(id int64) error { return f.setRemoved(id, true) }

// Restore brings a removed project back, as it was.
func (f *Forge) Restore(id int64) error { return f.setRemoved(id, false) }

func (f *Forge) setRemoved(id int64, removed bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	number, exists := f.number(id)
	at, was := slices.BinarySearch(f.removed, number)
	switch {
	case !exists:
		return fmt.Errorf("project %d: %w", id, errNoProject)
	case removed && !was:
		f.removed = slices.Insert(f.removed, at, number)
	case !removed && was:
		f.removed = slices.Delete(f.removed, at, at+1)
	}
	return nil
}

// SetOutage leaves a group or user, named by its full path, and all below it
// out of every listing, which are answered with 200 all the same; or ends that.
func (f *Forge) SetOutage(fullPath string, down bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := false
	for i, n := range f.namespaces {
		if n.within(namespace{fullPath: fullPath}) {
			f.down[i], found = down, true
		}
	}
	if !found {
		return fmt.Errorf("there is no group %q", fullPath)
	}
	return nil
}
