package bitbucket

import (
	"cmp"
	"context"
	"strings"

	"holdfast/internal/source"
)

// Check says whom the token belongs to, what it may do, which workspaces are
// listed, and how many repositories they have.
func (b *bitbucket) Check(ctx context.Context) (source.Report, error) {
	report := source.Report{Service: "Bitbucket Cloud"}
	if err := b.introduce(ctx, &report); err != nil {
		return source.Report{}, err
	}
	workspaces, err := b.workspaces(ctx)
	if err != nil {
		return source.Report{}, err
	}
	report.Notes = append(report.Notes, "the workspaces listed are: "+strings.Join(workspaces, ", "))
	report.Projects, err = b.sum(ctx, workspaces)
	return report, err
}

// introduce asks whom the token belongs to. It may not tell: a workspace's
// access token belongs to nobody, and another may lack the scope.
func (b *bitbucket) introduce(ctx context.Context, report *source.Report) error {
	res, err := b.ask(ctx, userPath, nil)
	if isMissingScope(err) {
		report.Notes = append(report.Notes,
			"the token lacks the scope read:user:bitbucket, so whom it belongs to is not known; listing works without it")
		return nil
	}
	if err != nil {
		return err
	}
	if err := source.CheckJSON(res.Body); err != nil {
		return res.Invalid("not_an_object", err.Error())
	}
	fields := source.ReadFields(res.Body)
	if fields.Err() != nil {
		return res.Invalid("not_an_object", "it is no object")
	}
	if name := cmp.Or(fields.Text("display_name"), fields.Text("nickname"), fields.Text("username")); name != nil {
		report.Account = *name
	}
	for scope := range strings.SplitSeq(res.Header.Get("X-Oauth-Scopes"), ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			report.Scopes = append(report.Scopes, scope)
		}
	}
	return nil
}

// Interfaces that only a type assertion would otherwise hold.
var _ source.Checker = (*bitbucket)(nil)
