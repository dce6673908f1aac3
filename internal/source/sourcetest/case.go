package sourcetest

import (
	"strconv"
	"testing"

	"holdfast/internal/source"
)

// records is how many records the suite asks for: enough for several pages of
// any size that a service's fake can be made to serve.
const records = 150

// Case is one way to set up a kind of source.
type Case struct {
	// Start starts a fresh service that holds one record for each id, in this
	// order, with pages so small that some partition has three at least. A
	// service whose ids are no numbers may make its own of them, as long as
	// Service.Truth knows them.
	Start func(t *testing.T, ids []string) *Service
}

// Service is a running fake of an external service. Only New and Truth are
// required.
type Service struct {
	// New makes a source that reads this service, sharing nothing with those
	// made before.
	New func(t *testing.T) source.Source
	// Truth returns what the service holds now: the exact bytes of each record
	// by external id.
	Truth func() map[string][]byte
	// Break makes the service misbehave from the next request on.
	Break func(Fault)
	// Add adds a record where its id belongs, Remove takes one away, and
	// Update changes everything of one except its id.
	Add, Remove, Update func(id string)
	// AddOdd lists an element that is no usable record right after the one
	// with the given id.
	AddOdd func(after, raw string)
	// Snapshot says that a partition is read with its first page and handed on
	// from memory, so that only a source that resumes asks again.
	Snapshot bool
	// Confirms says that a [source.Conditional] gets pages confirmed by this
	// service whichever of its sources asks.
	Confirms bool
	// Secret is the credential that New configures, for the check that no
	// error shows it.
	Secret string
}

// Run checks one way to set up a source. Its subtests run in parallel.
func Run(t *testing.T, c Case) {
	t.Helper()
	for name, check := range map[string]func(*testing.T, Case){
		"lists everything":                  checkComplete,
		"lists partitions at the same time": checkConcurrent,
		"lists nothing":                     checkEmpty,
		"resumes after each page":           checkResume,
		"stops when told to":                checkBreak,
		"ends with its context":             checkCancel,
		"tells errors apart":                checkErrors,
		"loses nothing while rows change":   checkChanges,
		"keeps odd elements apart":          checkOdd,
		"normalizes":                        checkNormalize,
		"takes what is confirmed for read":  checkConditional,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, c)
		})
	}
}

// someIDs leaves room between ids for records added later, and ends with two
// that a float64 cannot tell apart.
func someIDs() []string {
	ids := make([]string, 0, records)
	for i := range records - 2 {
		ids = append(ids, strconv.Itoa(1000+10*i))
	}
	return append(ids, "9007199254740992", "9007199254740993")
}
