package openproject

import (
	"context"

	"holdfast/internal/source"
)

// Check says whom the token belongs to and how many projects it sees.
func (o *openproject) Check(ctx context.Context) (source.Report, error) {
	me, err := o.account(ctx)
	if err != nil {
		return source.Report{}, err
	}
	total, err := o.total(ctx)
	if err != nil {
		return source.Report{}, err
	}
	service, err := o.service(ctx)
	if err != nil {
		return source.Report{}, err
	}
	report := source.Report{Service: service, Account: me.name, Projects: total}
	switch {
	case o.options.Token.IsZero():
		report.Notes = []string{"without a token only public projects are listed"}
	case !me.admin:
		report.Notes = []string{"the account is no administrator: archived projects are not listed to it, " +
			"and of others only those that are public or that it is a member of"}
	}
	return report, nil
}

// Interfaces that only a type assertion would otherwise hold.
var _ source.Checker = (*openproject)(nil)
