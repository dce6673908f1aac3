package project_test

import (
	"testing"

	"holdfast/internal/project"
)

func TestHoldDeletions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		gone, live int64
		share      float64
		want       bool
	}{
		{gone: 0, live: 0, share: 0.1, want: false},
		{gone: 10, live: 10, share: 0.1, want: false}, // never below eleven
		{gone: 11, live: 20, share: 0.1, want: true},
		{gone: 100, live: 1000, share: 0.1, want: false}, // exactly the share
		{gone: 101, live: 1000, share: 0.1, want: true},
		// Exactly the share, which floating point puts a little below: 28.999…
		{gone: 29, live: 100, share: 0.29, want: false},
		{gone: 30, live: 100, share: 0.29, want: true},
		{gone: 57, live: 100, share: 0.57, want: false},
		{gone: 11_600, live: 20_000, share: 0.58, want: false},
		{gone: 290_000_000, live: 1_000_000_000, share: 0.29, want: false},
		{gone: 290_000_001, live: 1_000_000_000, share: 0.29, want: true},
		{gone: 33, live: 100, share: 0.333_333, want: false},
		{gone: 34, live: 100, share: 0.333_333, want: true},
		{gone: 1000, live: 1000, share: 1, want: false}, // whoever wants no limit
		{gone: 11, live: 1000, share: 0, want: true},
	}
	for _, test := range tests {
		if got := project.HoldDeletions(test.gone, test.live, test.share); got != test.want {
			t.Errorf("HoldDeletions(%d, %d, %v) = %v, want %v", test.gone, test.live, test.share, got, test.want)
		}
	}
}

func TestListingIncomplete(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		listing project.Listing
		want    string
	}{
		"complete without a total": {project.Listing{Listed: 5, Full: true}, ""},
		"complete with a total":    {project.Listing{Listed: 5, Total: new(int64(5)), Full: true}, ""},
		"incremental":              {project.Listing{Listed: 5}, project.Incremental},
		"empty":                    {project.Listing{Full: true}, project.EmptyListing},
		"empty as the total says":  {project.Listing{Total: new(int64(0)), Full: true}, project.EmptyListing},
		"too few":                  {project.Listing{Listed: 4, Total: new(int64(5)), Full: true}, project.TotalDisagrees},
		"too many":                 {project.Listing{Listed: 6, Total: new(int64(5)), Full: true}, project.TotalDisagrees},
		"a total that moved":       {project.Listing{Listed: 5, Total: new(int64(5)), TotalMoved: true, Full: true}, project.TotalMoved},
		"a record nobody knows":    {project.Listing{Listed: 5, Unidentified: 1, Full: true}, project.UnidentifiedRecords},
	}
	for name, test := range tests {
		if got := test.listing.Incomplete(); got != test.want {
			t.Errorf("%s: Incomplete() = %q, want %q", name, got, test.want)
		}
	}
}
