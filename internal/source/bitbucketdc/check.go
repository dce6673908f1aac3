package bitbucketdc

import (
	"context"
	"strings"

	"holdfast/internal/source"
)

// Check says what answers and whom the credentials belong to, and asks for the
// first repository of each listing. Bitbucket does not say how many there are.
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
	for _, path := range b.options.paths() {
		first, err := b.get(ctx, path, 0, 1)
		if err != nil {
			return source.Report{}, err
		}
		if err := (&lister{bitbucket: b, path: path}).welcome(first); err != nil {
			return source.Report{}, err
		}
		report.Account = user(first.Response)
	}
	b.note(&report)
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
	report.Notes = append(report.Notes, "Bitbucket Data Center does not say how many repositories there are")
}

// Interfaces that only a type assertion would otherwise hold.
var _ source.Checker = (*bitbucket)(nil)
