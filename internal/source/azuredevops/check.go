package azuredevops

import (
	"context"
	"fmt"

	"holdfast/internal/source"
)

// maxCounted is how many projects a check asks for their repositories, one
// request each, to say how many those are.
const maxCounted = 20

// Check says whom the token belongs to and what it sees.
func (a *azure) Check(ctx context.Context) (source.Report, error) {
	report, err := a.introduce(ctx)
	if err != nil {
		return source.Report{}, err
	}
	projects, err := a.projects(ctx)
	if err != nil {
		return source.Report{}, err
	}
	if a.options.Token.IsZero() {
		report.Notes = append(report.Notes, "without a token only public projects are seen")
	}
	if a.options.List == listProjects {
		report.Projects = new(int64(len(projects)))
		return report, nil
	}
	if err := a.count(ctx, projects, &report); err != nil {
		return source.Report{}, err
	}
	return report, nil
}

// count asks the first projects for their repositories, which also shows whether
// the token has the scope for code. Azure states no number of them all.
func (a *azure) count(ctx context.Context, projects []source.Record, report *source.Report) error {
	seen := int64(0)
	for _, p := range projects[:min(len(projects), maxCounted)] {
		if p.Err != nil {
			return projectWithoutID(p)
		}
		repositories, err := a.repositories(ctx, p.ID)
		if err != nil {
			return err
		}
		seen += int64(len(repositories))
	}
	if len(projects) <= maxCounted {
		report.Projects = &seen
		report.Notes = append(report.Notes, fmt.Sprintf("these are the repositories of %d projects", len(projects)))
		return nil
	}
	report.Notes = append(report.Notes, fmt.Sprintf(
		"%d projects are seen, the first %d of which have %d repositories; Azure DevOps does not state how many there are in all",
		len(projects), maxCounted, seen))
	return nil
}

// introduce asks what answers, and who it takes us for.
func (a *azure) introduce(ctx context.Context) (source.Report, error) {
	q := a.options.query()
	// There is no other version of this one.
	q.Set("api-version", a.options.APIVersion+"-preview")
	res, err := a.ask(ctx, "/_apis/connectionData", q)
	if err != nil {
		return source.Report{}, err
	}
	if err := source.CheckJSON(res.Body); err != nil {
		return source.Report{}, res.Invalid("not_an_object", err.Error())
	}
	f := source.ReadFields(res.Body)
	if f.Err() != nil {
		return source.Report{}, res.Invalid("not_an_object", "it is no object")
	}
	report := source.Report{Service: "Azure DevOps Services"}
	if deployment := f.Text("deploymentType"); deployment != nil && *deployment != "hosted" {
		report.Service = "Azure DevOps Server"
	}
	if name := f.Text("authenticatedUser.providerDisplayName"); name != nil {
		report.Account = *name
	}
	if address := f.Text("authenticatedUser.properties.Account.$value"); address != nil && report.Account != "" {
		report.Account += " (" + *address + ")"
	}
	return report, nil
}

// Interface that only a type assertion would otherwise hold.
var _ source.Checker = (*azure)(nil)
