package bitbucketdc

import (
	"context"
	"fmt"
	"strings"

	"holdfast/internal/source"
)

// Check says what answers and whom the credentials belong to, and asks for the
// first page of each listing. Bitbucket does not say how many repositories there
// are; where those pages are all, they are counted.
func (b *bitbucket) Check(ctx context.Context) (source.Report, error) {
	res, err := b.ask(ctx, propertiesPath, nil)
	if err != nil {
		return source.Report{}, err
	}
	if err := source.CheckJSON(res.Body); err != nil {
		return source.Report{}, res.Invalid("not_an_object", err.Error())
	}
	fields := source.ReadFields(res.Body)
	product, version := fields.Text("displayName"), fields.Text("version")
	if fields.Err() != nil || version == nil {
		return source.Report{}, res.Invalid("no_version", "it names no version")
	}
	report := source.Report{Service: "Bitbucket Data Center " + *version}
	if product != nil && !strings.EqualFold(*product, "Bitbucket") {
		report.Service = *product + " " + *version
	}
	// Everyone may read the properties; whom a listing is meant for says more.
	seen, all := int64(0), true
	for _, path := range b.options.paths() {
		first, err := b.get(ctx, path, 0, b.options.PerPage)
		if err != nil {
			return source.Report{}, err
		}
		if err := (&lister{bitbucket: b, path: path}).welcome(first); err != nil {
			return source.Report{}, err
		}
		report.Account = user(first.Response)
		seen, all = seen+int64(len(first.records)), all && first.last
	}
	b.note(&report)
	if all {
		report.Projects = &seen
	} else {
		report.Notes = append(report.Notes, fmt.Sprintf("there are more than %d repositories; Bitbucket Data Center does not say how many", seen))
	}
	return report, nil
}

func (b *bitbucket) note(report *source.Report) {
	switch {
	case b.options.anonymous():
		report.Notes = append(report.Notes, "without credentials only public repositories are listed")
	case report.Account == "":
		report.Notes = append(report.Notes, "the service names no user (X-AUSERNAME): "+
			"a proxy may drop the header, or the credentials may not be accepted")
	}
}

// Interfaces that only a type assertion would otherwise hold.
var _ source.Checker = (*bitbucket)(nil)
