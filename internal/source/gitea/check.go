package gitea

import (
	"context"
	"strings"

	"holdfast/internal/source"
)

// Check says what answers, whom the token belongs to, and how many
// repositories the listing would have.
func (g *gitea) Check(ctx context.Context) (source.Report, error) {
	service, err := g.service(ctx)
	if err != nil {
		return source.Report{}, err
	}
	report := source.Report{Service: service}
	account, err := g.account(ctx)
	if err != nil {
		return source.Report{}, err
	}
	g.note(&report, account)
	owner, err := g.owner(ctx)
	if err != nil {
		return source.Report{}, err
	}
	first, err := g.search(ctx, owner, 1, 1)
	if err != nil {
		return source.Report{}, err
	}
	report.Projects = first.total
	return report, nil
}

// service asks for the version. Forgejo's names the Gitea that it is like.
func (g *gitea) service(ctx context.Context) (string, error) {
	res, fields, err := g.object(ctx, versionPath)
	if err != nil {
		return "", err
	}
	version := fields.Text("version")
	if version == nil {
		return "", res.Invalid("no_version", "it names no version")
	}
	if number, _, forgejo := strings.Cut(*version, "+gitea-"); forgejo {
		return "Forgejo " + number, nil
	}
	return "Gitea " + *version, nil
}

// note says who is asking, and what such a listing cannot see.
func (g *gitea) note(report *source.Report, account *source.Fields) {
	switch {
	case g.options.Token.IsZero():
		report.Notes = append(report.Notes, "without a token only public repositories are listed")
		return
	case account == nil:
		report.Notes = append(report.Notes, "the token lacks the scope read:user, so whom it belongs to is not known; listing works without it")
		return
	}
	if login := account.Text("login"); login != nil {
		report.Account = *login
	}
	if admin := account.Bool("is_admin"); admin == nil || !*admin {
		report.Notes = append(report.Notes, "only what "+report.Account+" may read is listed; the token of an administrator lists everything")
	}
}

// Interfaces that only a type assertion would otherwise hold.
var _ source.Checker = (*gitea)(nil)
