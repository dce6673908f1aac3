package project

import "time"

// Job is a sync job as its clients see it: the row, and the sums over its
// partitions.
type Job struct {
	// ID is a UUID version 7 in its canonical text.
	ID                string
	Kind              string
	Source            string
	Status            Status
	Mode              string
	Trigger           string
	Caller            string
	RetryOf           *string
	CreatedAt         time.Time
	StartedAt         *time.Time
	FinishedAt        *time.Time
	HeartbeatAt       *time.Time
	RetryAt           *time.Time
	WaitingReason     *WaitingReason
	CancelRequestedAt *time.Time
	Progress          Progress
	Counts            Counts
	// Held is the number of deletions that wait for a person.
	Held int64
	// ListingComplete tells whether the listing was proven complete, or is nil
	// until that is decided. IncompleteReason says why it was not.
	ListingComplete  *bool
	IncompleteReason *string
	Receipt          *Receipt
	Error            *JobError
}

// Progress is how far a job's listing has come.
type Progress struct {
	PartitionsDone int
	Partitions     int
	Pages          int64
	// Seen is the number of distinct records read so far.
	Seen int64
	// Total is the number of records as the source states it, or nil. It is
	// never estimated.
	Total *int64
}

// Counts are a job's results in rows: sums over its ledger for the first five
// and the last two, decided at its end for Absent and Deleted.
type Counts struct {
	Created     int64
	Updated     int64
	Unchanged   int64
	Restored    int64
	Absent      int64
	Deleted     int64
	Quarantined int64
	Duplicates  int64
}

// Receipt compares what a job tallied page by page with what a connection that
// took no part in it read from the table afterwards.
type Receipt struct {
	// Verified is true when rows and checksum agree.
	Verified bool `json:"verified"`
	// RowsSeen is the number of distinct rows in the ledger; RowsFound is how
	// many of them the table really holds, alive.
	RowsSeen  int64 `json:"rows_seen"`
	RowsFound int64 `json:"rows_found"`
	// ChecksumTallied and ChecksumRead are sums of content hashes in hex: over
	// the ledger, and over the same rows as read from the table.
	ChecksumTallied string `json:"checksum_tallied"`
	ChecksumRead    string `json:"checksum_read"`
	// LiveRows is what "select count(*) from active_projects" for this source
	// said at that moment.
	LiveRows int64     `json:"live_rows"`
	ReadAt   time.Time `json:"read_at"`
}

// JobError is the last thing that went wrong with a job.
type JobError struct {
	// Code is a stable word for machines.
	Code string `json:"code"`
	// Message tells a person what to do.
	Message string `json:"message"`
	// Retryable tells whether trying again may help without a change.
	Retryable bool      `json:"retryable"`
	Partition *string   `json:"partition,omitempty"`
	Sample    *string   `json:"sample,omitempty"`
	At        time.Time `json:"at"`
}
