package github

import (
	"context"

	"holdfast/internal/source"
)

// Check says whom the credentials belong to, what they lack, and how many
// repositories the listing would have.
func (g *github) Check(ctx context.Context) (source.Report, error) {
	var report source.Report
	res, err := g.introduce(ctx, &report)
	if err != nil {
		return source.Report{}, err
	}
	report.Service = "GitHub"
	if version := res.Header.Get("X-Github-Enterprise-Version"); version != "" {
		report.Service = "GitHub Enterprise Server " + version
	}
	g.note(&report)
	if len(report.Missing) > 0 {
		return report, nil
	}
	report.Projects, err = g.total(ctx, "")
	return report, err
}

// introduce asks who the credentials belong to.
func (g *github) introduce(ctx context.Context, report *source.Report) (*source.Response, error) {
	if app, ok := g.access.(*app); ok {
		return introduceApp(ctx, app, report)
	}
	client, err := g.access.client(ctx)
	if err != nil {
		return nil, err
	}
	if g.options.Token.IsZero() {
		report.Notes = append(report.Notes, "without a token only public repositories are listed, and 60 requests an hour are allowed")
		return client.Do(ctx, source.Request{Ref: g.listings[0].path, Query: g.listings[0].ask(""), Explain: g.explain})
	}
	res, err := client.Do(ctx, source.Request{Ref: "/user", Explain: g.explain})
	if err != nil {
		return nil, err
	}
	fields, err := readObject(res)
	if err != nil {
		return nil, err
	}
	if login := fields.Text("login"); login != nil {
		report.Account = *login
	}
	report.Scopes = scopes(res.Header)
	if g.options.wantsPrivate() && lacksRepo(res.Header) {
		report.Missing = []string{"repo"}
	}
	if expires := res.Header.Get("Github-Authentication-Token-Expiration"); expires != "" {
		report.Notes = append(report.Notes, "the token expires at "+expires)
	}
	return res, nil
}

func introduceApp(ctx context.Context, a *app, report *source.Report) (*source.Response, error) {
	res, err := a.about(ctx)
	if err != nil {
		return nil, err
	}
	fields, err := readObject(res)
	if err != nil {
		return nil, err
	}
	if login := fields.Text("account.login"); login != nil {
		report.Account = *login
	}
	if metadata := fields.Text("permissions.metadata"); metadata != nil {
		report.Scopes = []string{"metadata: " + *metadata}
	} else {
		report.Missing = []string{"metadata: read"}
	}
	if selection := fields.Text("repository_selection"); selection != nil && *selection == "selected" {
		report.Notes = append(report.Notes, "the App is installed for selected repositories only, and sees no others")
	}
	if suspended := fields.Text("suspended_at"); suspended != nil {
		report.Missing = append(report.Missing, "the installation is suspended since "+*suspended)
	}
	return res, nil
}

// note says what the listing cannot see.
func (g *github) note(report *source.Report) {
	switch {
	case g.options.User != "":
		report.Notes = append(report.Notes, "GitHub lists only the public repositories of a user; "+
			"for those of the token's own account leave user out")
	case g.options.Public:
		report.Notes = append(report.Notes, "GitHub states no total for its public repositories, and neither dates nor counts of them")
	}
}

// Interfaces that only a type assertion would otherwise hold.
var (
	_ source.Checker     = (*github)(nil)
	_ source.Incremental = own{}
)
