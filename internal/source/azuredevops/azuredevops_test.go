package azuredevops_test

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"holdfast/internal/source"
	"holdfast/internal/source/azuredevops"
	"holdfast/internal/source/sourcetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open makes a source from options as they stand in a configuration file.
func open(t *testing.T, yaml string) (source.Source, error) {
	t.Helper()
	return sourcetest.Open(t, azuredevops.Driver(), yaml, token)
}

func mustOpen(t *testing.T, yaml string) source.Source {
	t.Helper()
	return sourcetest.MustOpen(t, azuredevops.Driver(), yaml, token)
}

// service serves a fake and makes sources with the given options.
func service(t *testing.T, f *fake, yaml string) *sourcetest.Service {
	t.Helper()
	server := sourcetest.NewServer(t, f)
	return &sourcetest.Service{
		New: func(t *testing.T) source.Source {
			t.Helper()
			return mustOpen(t, "url: "+server.URL+"/acme/_apis/\ntoken: ${TOKEN}\n"+yaml)
		},
		Truth: f.Truth, Break: server.Break,
		Add: f.Add, Remove: f.Remove, Update: f.Update, AddOdd: f.AddOdd,
		Snapshot: f.projects,
		Secret:   token,
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		yaml   string
		change func(*fake)
	}{
		"repositories":                {change: func(*fake) {}},
		"projects":                    {yaml: "list: projects\n", change: func(f *fake) { f.projects = true }},
		"projects in small pages":     {yaml: "list: projects\nper_page: 20\n", change: func(f *fake) { f.projects = true }},
		"projects in cut pages":       {yaml: "list: projects\nper_page: 1000\n", change: func(f *fake) { f.projects, f.clamp = true, 13 }},
		"projects without the header": {yaml: "list: projects\n", change: func(f *fake) { f.projects, f.quiet, f.clamp = true, true, 30 }},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sourcetest.Run(t, sourcetest.Case{Start: func(t *testing.T, ids []string) *sourcetest.Service {
				t.Helper()
				f := newFake(t, false, ids)
				tc.change(f)
				return service(t, f, tc.yaml)
			}})
		})
	}
}

func TestBadOptionsSayWhatToWrite(t *testing.T) {
	t.Parallel()
	for yaml, want := range map[string]string{
		"token: x":                                     "url is missing",
		"url: https://dev.azure.com":                   "lacks the organization",
		"url: https://dev.azure.com/_apis":             "lacks the organization",
		"url: https://dev.azure.com/acme/Project":      "leads into",
		"url: ht!tp://":                                "not an http",
		"url: https://h/c\nlist: both":                 "repositories or projects",
		"url: https://h/c\ntoken_type: basic":          "pat or bearer",
		"url: https://h/c\nper_page: 5":                "between 20 and 1000",
		"url: https://h/c\napi_version: 7.1-preview":   "like \"7.1\"",
		"url: https://dev.azure.com/acme\norg: x":      "org",
		"url: https://dev.azure.com/acme\ntimeout: 1h": "timeout",
	} {
		if _, err := open(t, yaml); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q in it", yaml, err, want)
		}
	}
	for _, url := range []string{"https://dev.azure.com/acme/", "https://acme.visualstudio.com", "https://server/tfs/Default"} {
		if _, err := open(t, "url: "+url); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}
