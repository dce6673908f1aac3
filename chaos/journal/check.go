package journal

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"holdfast/internal/invariants"
)

// Facts are what the database has in the end.
type Facts struct {
	// Jobs are the states of the jobs by id.
	Jobs map[string]string
	// Rows are the versions of the rows by id: last_changed_at.
	Rows map[string]time.Time
}

// The sentences that a journal can prove wrong.
const (
	kept     = "every job that a client was promised exists and has ended"
	once     = "the same idempotency key is answered with the same jobs"
	final    = "a terminal state that a client saw is never left"
	stays    = "a row that a client saw never vanishes"
	forwards = "a row that a client saw never goes back to an older version"
)

// Check compares the journals of all clients with the facts and returns what is
// not so. The records of a journal are in the order in which its client saw them.
func Check(journals [][]Record, facts Facts) []invariants.Violation {
	c := checker{
		facts: facts, found: map[string]*invariants.Violation{}, keys: map[string][]string{}, ends: map[string]string{},
	}
	for _, records := range journals {
		c.rows = map[string]time.Time{}
		for _, r := range records {
			c.record(r)
		}
	}
	all := make([]invariants.Violation, 0, len(c.found))
	for _, sentence := range slices.Sorted(maps.Keys(c.found)) {
		all = append(all, *c.found[sentence])
	}
	return all
}

// checker is what is known so far.
type checker struct {
	facts Facts
	found map[string]*invariants.Violation
	// keys are the jobs of each key, ends the terminal states that were seen.
	// Several clients see one job, and nobody compares their moments here: it
	// is enough that what a client writes of a job, once it has seen the end,
	// is that end. Whatever any two of them wrote must be the same, in any order.
	keys map[string][]string
	ends map[string]string
	// rows are the latest versions that this client saw; what another one saw
	// may have been later or earlier.
	rows map[string]time.Time
}

func (c *checker) record(r Record) {
	if r.Accepted != nil {
		c.accepted(*r.Accepted)
	}
	if r.Ended != nil {
		c.ended(*r.Ended)
	}
	for _, row := range r.Rows {
		c.row(row)
	}
}

func (c *checker) accepted(a Accepted) {
	for _, job := range a.Jobs {
		if status, exists := c.facts.Jobs[job]; !exists || !Terminal(status) {
			c.violation("I1", kept, fmt.Sprintf("job %s: %q", job, status))
		}
	}
	if a.Key == "" {
		return
	}
	if before, known := c.keys[a.Key]; known && !slices.Equal(before, a.Jobs) {
		c.violation("I4", once, fmt.Sprintf("key %s: %s, then %s", a.Key, strings.Join(before, " "), strings.Join(a.Jobs, " ")))
	}
	c.keys[a.Key] = a.Jobs
}

func (c *checker) ended(e Ended) {
	if before, known := c.ends[e.Job]; known && before != e.Status {
		c.violation("I11", final, fmt.Sprintf("job %s: seen %s and %s", e.Job, before, e.Status))
	}
	c.ends[e.Job] = e.Status
	if now := c.facts.Jobs[e.Job]; now != e.Status {
		c.violation("I11", final, fmt.Sprintf("job %s: seen %s, is %q", e.Job, e.Status, now))
	}
}

func (c *checker) row(r Row) {
	if before, known := c.rows[r.ID]; known && r.ChangedAt.Before(before) {
		c.violation("I7", forwards, fmt.Sprintf("row %s: seen of %s, then of %s", r.ID, before, r.ChangedAt))
	}
	c.rows[r.ID] = r.ChangedAt
	now, exists := c.facts.Rows[r.ID]
	switch {
	case !exists:
		c.violation("I7", stays, "row "+r.ID+" is gone")
	case now.Before(r.ChangedAt):
		c.violation("I7", forwards, fmt.Sprintf("row %s: seen of %s, is of %s", r.ID, r.ChangedAt, now))
	}
}

// maxRows is how many of the rows that break a rule are shown.
const maxRows = 10

func (c *checker) violation(invariant, sentence, row string) {
	if c.found[sentence] == nil {
		c.found[sentence] = &invariants.Violation{Invariant: invariant, Rule: sentence}
	}
	if v := c.found[sentence]; len(v.Rows) < maxRows && !slices.Contains(v.Rows, row) {
		v.Rows = append(v.Rows, row)
	}
}

// Terminal reports whether a job in this state has ended.
func Terminal(status string) bool {
	return slices.Contains([]string{"succeeded", "failed", "cancelled"}, status)
}
