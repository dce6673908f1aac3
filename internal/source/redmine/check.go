package redmine

import (
	"context"

	"holdfast/internal/source"
)

// Check says whom the key belongs to and how many projects it sees.
func (r *redmine) Check(ctx context.Context) (source.Report, error) {
	me, err := r.account(ctx)
	if err != nil {
		return source.Report{}, err
	}
	total, err := r.total(ctx)
	if err != nil {
		return source.Report{}, err
	}
	report := source.Report{Service: "Redmine", Account: me.login, Projects: total}
	switch {
	case r.options.APIKey.IsZero():
		report.Notes = append(report.Notes, "without an api_key only public projects are listed")
	case !me.admin:
		report.Notes = append(report.Notes, "the account is no administrator: "+
			"of private projects, only those that it is a member of are listed")
	}
	report.Notes = append(report.Notes, "Redmine lists archived projects to nobody: they look absent until they are unarchived")
	return report, nil
}

// Interfaces that only a type assertion would otherwise hold.
var _ source.Checker = (*redmine)(nil)
