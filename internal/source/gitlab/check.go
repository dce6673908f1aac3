package gitlab

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/source"
)

// What a check asks beside the listing.
const (
	tokenPath   = "/api/v4/personal_access_tokens/self"
	userPath    = "/api/v4/user"
	versionPath = "/api/v4/version"
)

// Check says whom the token belongs to, what it lacks, and how many projects
// the listing would have. The listing itself decides whether the source can be
// read: what GitLab keeps back about itself is no failure.
func (g *gitlab) Check(ctx context.Context) (source.Report, error) {
	report := source.Report{Service: "GitLab"}
	if g.options.Token.IsZero() {
		return report, g.count(ctx, &report)
	}
	if err := g.inspectToken(ctx, &report); err != nil {
		return source.Report{}, err
	}
	if len(report.Missing) == 0 {
		if err := g.count(ctx, &report); err != nil {
			return source.Report{}, err
		}
	}
	version, err := g.tell(ctx, versionPath)
	if err != nil {
		return source.Report{}, err
	}
	if number := version.Text("version"); number != nil {
		report.Service += " " + *number
	}
	return report, nil
}

// inspectToken asks what the token may do, and whose it is.
func (g *gitlab) inspectToken(ctx context.Context, report *source.Report) error {
	token, err := g.tell(ctx, tokenPath)
	if err != nil {
		return err
	}
	report.Scopes = token.Texts("scopes")
	if lacksRead(report.Scopes) {
		report.Missing = []string{"read_api"}
	}
	if expires := token.Text("expires_at"); expires != nil {
		report.Notes = append(report.Notes, "the token expires on "+*expires)
	}
	user, err := g.tell(ctx, userPath)
	if err != nil {
		return err
	}
	if name := user.Text("username"); name != nil {
		report.Account = *name
	}
	// GitLab shows this member to administrators alone, and in admin mode only
	// if their token has the scope admin_mode: then it lists everything, too.
	if admin := user.Bool("is_admin"); admin == nil || !*admin {
		report.Notes = append(report.Notes, "only what the token's user may see is listed; "+
			"the token of an administrator or an auditor sees everything")
	}
	return nil
}

// lacksRead reports whether a token that tells its scopes may not list
// projects. A fine-grained token has one scope for whatever it may do.
func lacksRead(scopes []string) bool {
	return scopes != nil && !slices.ContainsFunc(scopes, func(scope string) bool {
		return scope == "api" || scope == "read_api" || scope == "granular"
	})
}

// tell asks GitLab about itself or the token. A refusal says only that this
// is not told: GitLab before 15.5 knows no tokenPath and answers 400, 401, 404
// or 405; OAuth tokens get 400 there, and a token without read_user or read_api
// gets 403 elsewhere. A token that is no good fails at the listing.
func (g *gitlab) tell(ctx context.Context, path string) (*source.Fields, error) {
	res, err := g.client.Get(ctx, path, nil)
	var told []byte
	switch refusal, refused := errors.AsType[*source.Error](err); {
	case err == nil && source.CheckJSON(res.Body) == nil:
		told = res.Body
	case refused && (refusal.Kind == source.RateLimit || refusal.Kind == source.Transient), err != nil && !refused:
		return nil, err
	}
	return source.ReadFields(told), nil
}

// count asks how many projects the listing has, and notes what it leaves out.
func (g *gitlab) count(ctx context.Context, report *source.Report) error {
	_, total, err := g.probe(ctx, "asc")
	if err != nil {
		return err
	}
	report.Projects = total
	if g.options.Token.IsZero() {
		report.Notes = append(report.Notes, "without a token only public projects are listed, "+
			"and GitLab leaves visibility, archived and more out of them")
	}
	if narrowed := g.options.narrowed(); len(narrowed) > 0 {
		report.Notes = append(report.Notes, "only projects with "+strings.Join(narrowed, ", ")+" are listed, as configured")
	}
	switch {
	case total == nil:
		report.Notes = append(report.Notes, "GitLab states no number of projects, as it does above 10,000; progress will have no total")
	case *total == 0:
		report.Notes = append(report.Notes, "no project is seen: make the token's user a member of a project or group, or list something else")
	}
	return nil
}

// narrowed names the options that leave projects out of the listing.
func (o *options) narrowed() []string {
	var narrowed []string
	if o.Membership {
		narrowed = append(narrowed, "membership: true")
	}
	if o.Owned {
		narrowed = append(narrowed, "owned: true")
	}
	if o.Visibility != "" {
		narrowed = append(narrowed, "visibility: "+o.Visibility)
	}
	if o.Archived != nil {
		narrowed = append(narrowed, "archived: "+strconv.FormatBool(*o.Archived))
	}
	return narrowed
}

// An interface that only a type assertion would otherwise hold.
var _ source.Checker = (*gitlab)(nil)
