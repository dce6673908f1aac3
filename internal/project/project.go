package project

import "time"

// Project is one record of a source in the columns that every service has in
// common. A nil pointer means that the service did not state the value, which
// is not the same as an empty or a zero one.
type Project struct {
	// ExternalID is the service's own stable id, as exact text. Never a name
	// or a path: those change with a rename, and a rename is no new project.
	ExternalID string
	// Name is the display name.
	Name string
	// FullPath names the project within its service, e.g. "group/sub/name".
	FullPath       string
	Description    *string
	WebURL         *string
	Visibility     *string
	Archived       *bool
	DefaultBranch  *string
	Owner          *string
	Topics         []string
	Language       *string
	License        *string
	Stars          *int64
	Forks          *int64
	CreatedAt      *time.Time
	UpdatedAt      *time.Time
	LastActivityAt *time.Time
}
