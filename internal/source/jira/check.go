package jira

import (
	"context"

	"holdfast/internal/source"
)

// anonymousNote is what to know of a listing without credentials.
const anonymousNote = "without credentials only projects that anyone may see are listed"

// Check says whom the credentials belong to and how many projects they see.
func (c *cloud) Check(ctx context.Context) (source.Report, error) {
	account, err := c.account(ctx)
	if err != nil {
		return source.Report{}, err
	}
	total, err := c.total(ctx)
	if err != nil {
		return source.Report{}, err
	}
	return source.Report{Service: "Jira Cloud", Account: account, Projects: total, Notes: notes(c.known, *total)}, nil
}

// Check says whom the credentials belong to and how many projects they see.
func (d *dataCenter) Check(ctx context.Context) (source.Report, error) {
	server, err := d.object(ctx, "/serverInfo")
	if err != nil {
		return source.Report{}, err
	}
	report := source.Report{Service: "Jira"}
	if version := server.Text("version"); version != nil {
		report.Service += " " + *version
	}
	if report.Account, err = d.account(ctx); err != nil {
		return source.Report{}, err
	}
	records, err := d.all(ctx)
	if err != nil {
		return source.Report{}, err
	}
	report.Projects = new(int64(len(records)))
	report.Notes = notes(d.known, *report.Projects)
	return report, nil
}

// notes say what the listing cannot see.
func notes(known bool, total int64) []string {
	notes := []string{"only projects that the account may browse are listed"}
	if !known {
		notes = []string{anonymousNote}
	}
	if total == 0 {
		notes = append(notes, "no project is seen: give the account the permission Browse projects where it shall see some")
	}
	return notes
}

// Interfaces that only a type assertion would otherwise hold.
var (
	_ source.Checker = (*cloud)(nil)
	_ source.Checker = (*dataCenter)(nil)
)
