package gitlab_test

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"holdfast/internal/source"
	"holdfast/internal/source/gitlab"
	"holdfast/internal/source/sourcetest"
)

const token = "glpat-s3cr3t"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open makes a source from options as they stand in a configuration file.
func open(t *testing.T, yaml string) (source.Source, error) {
	t.Helper()
	return sourcetest.Open(t, gitlab.Driver(), yaml, token)
}

func mustOpen(t *testing.T, yaml string) source.Source {
	t.Helper()
	return sourcetest.MustOpen(t, gitlab.Driver(), yaml, token)
}

// service serves a fake and makes sources with the given options.
func service(t *testing.T, f *fake, yaml string) *sourcetest.Service {
	t.Helper()
	f.token = token
	server := sourcetest.NewServer(t, f)
	return f.Service(server, token, func(t *testing.T) source.Source {
		t.Helper()
		return mustOpen(t, "url: "+server.URL+"\ntoken: ${TOKEN}\n"+yaml)
	})
}

func TestConformance(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		yaml   string
		change func(*fake)
	}{
		"instance":                  {yaml: "per_page: 20\n", change: func(*fake) {}},
		"instance in one partition": {yaml: "per_page: 50\npartitions: 1\n", change: func(*fake) {}},
		"instance behind a proxy":   {yaml: "per_page: 20\npartitions: 3\ntoken_type: bearer\n", change: func(f *fake) { f.quiet = true }},
		"group":                     {yaml: "per_page: 20\ngroup: acme/sub\n", change: func(*fake) {}},
		"group in one partition":    {yaml: "per_page: 20\npartitions: 1\ngroup: acme/sub\n", change: func(*fake) {}},
		"group, clamped":            {yaml: "per_page: 30\npartitions: 2\ngroup: acme/sub\n", change: func(f *fake) { f.clamp = 20 }},
		"group without headers":     {yaml: "per_page: 33\ngroup: acme/sub\n", change: func(f *fake) { f.quiet = true }},
		"group with smaller pages":  {yaml: "per_page: 100\ngroup: acme/sub\n", change: func(f *fake) { f.clamp = 25 }},
		"user":                      {yaml: "per_page: 25\nuser: ann\n", change: func(*fake) {}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sourcetest.Run(t, sourcetest.Case{Start: func(t *testing.T, ids []string) *sourcetest.Service {
				t.Helper()
				f := newFake(t, ids)
				tc.change(f)
				return service(t, f, tc.yaml)
			}})
		})
	}
}

func TestBadOptionsSayWhatToWrite(t *testing.T) {
	t.Parallel()
	for yaml, want := range map[string]string{
		"token: x":                                      "url is missing",
		"url: https://h\ntokn: x":                       "tokn",
		"url: https://h\ngroup: a\nuser: b":             "exclude each other",
		"url: https://h\ngroup: a\nmembership: true":    "membership",
		"url: https://h\ngroup: a\npartitions: 65":      "partitions",
		"url: https://h\ngroup: a\nper_page: 10":        "at least 20",
		"url: https://h\npartitions: 65":                "partitions",
		"url: https://h\nper_page: 101":                 "per_page",
		"url: https://h\nper_page: -1":                  "per_page",
		"url: https://h\nvisibility: hidden":            "private, internal or public",
		"url: https://h\ntoken_type: pat":               "private_token or bearer",
		"url: https://h\nurl: https://h?private=s3cr3t": "url",
	} {
		if _, err := open(t, yaml); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%q: got %v, want %q in it", yaml, err, want)
		}
	}
}
