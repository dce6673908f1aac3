package project

import "errors"

// The modes and triggers of a sync job.
const (
	// ModeFull lists everything a source has.
	ModeFull = "full"
	// ModeIncremental lists what changed since the last sync, where the source
	// can tell and no full listing is due; else everything.
	ModeIncremental = "incremental"
	// TriggerAPI is a POST of a client; TriggerRetry is its wish to run a
	// failed or cancelled job again.
	TriggerAPI   = "api"
	TriggerRetry = "retry"
)

// SourceRef names a configured source.
type SourceRef struct {
	// Name is the source's name in the configuration, Kind what it is, e.g.
	// "gitlab".
	Name, Kind string
	// Mode is how it is to be listed; empty means [ModeFull].
	Mode string
}

// ModeOrFull is how the source is to be listed.
func (s SourceRef) ModeOrFull() string {
	if s.Mode == "" {
		return ModeFull
	}
	return s.Mode
}

// EnqueueRequest asks for one sync job for each of its sources, all in one
// transaction.
type EnqueueRequest struct {
	// Sources has at least one element and no name twice.
	Sources []SourceRef
	Trigger string
	// Caller is the name of the API token that asked, or "anonymous".
	Caller string
	// RetryOf is the job that is run again, or nil.
	RetryOf *string
	// IdempotencyKey is the client's own name for this request, or empty. A
	// caller's key leads to the same jobs for as long as it is kept.
	IdempotencyKey string
	// Fingerprint is a SHA-256 of what was asked: the same key with another
	// fingerprint is [ErrKeyReused].
	Fingerprint []byte
}

// RetryRequest asks to run a failed or cancelled job again, as a new job.
type RetryRequest struct {
	JobID  string
	Caller string
	// IdempotencyKey and Fingerprint are as in [EnqueueRequest].
	IdempotencyKey string
	Fingerprint    []byte
}

// EnqueueResult is what a committed request led to.
type EnqueueResult struct {
	// Jobs has one element for each source, in the order of the request.
	Jobs []EnqueuedJob
	// Replayed is true when the idempotency key was known and nothing was
	// written: the jobs are those of the first request.
	Replayed bool
}

// EnqueuedJob is a job that will run.
type EnqueuedJob struct {
	// Job is as it was committed; of a replayed request, as it is now.
	Job Job
	// Coalesced is true when the source already had a job that had not begun,
	// which now serves this request too.
	Coalesced bool
}

// Why a request about jobs was refused. None of them left anything written,
// except that [ErrOutcomeUnknown] cannot say.
var (
	// ErrNotFound: there is no job of that id.
	ErrNotFound = errors.New("not found")
	// ErrKeyReused: the idempotency key was used for another request.
	ErrKeyReused = errors.New("the idempotency key was used for another request")
	// ErrKeyInFlight: another request with this idempotency key is being
	// worked on right now.
	ErrKeyInFlight = errors.New("a request with this idempotency key is in flight")
	// ErrOutcomeUnknown: the connection to the database was lost during the
	// commit. Asking again with the same idempotency key finds out.
	ErrOutcomeUnknown = errors.New("the outcome of the commit is unknown")
	// ErrJobFinished: a finished job cannot be cancelled.
	ErrJobFinished = errors.New("the job has finished")
	// ErrNotRetryable: only a failed or cancelled job can be run again.
	ErrNotRetryable = errors.New("the job did not fail and was not cancelled")
	// ErrNothingHeld: the job holds no deletions that wait for a decision.
	ErrNothingHeld = errors.New("no deletions are held")
	// ErrSyncRunning: held deletions cannot be decided about while a sync of
	// the source is changing the rows.
	ErrSyncRunning = errors.New("a sync of the source is running")
)
