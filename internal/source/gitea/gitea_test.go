package gitea_test

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"holdfast/internal/source"
	"holdfast/internal/source/gitea"
	"holdfast/internal/source/sourcetest"
)

const token = "s3cr3t0123456789"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open makes a source from options as they stand in a configuration file.
func open(t *testing.T, yaml string) (source.Source, error) {
	t.Helper()
	return sourcetest.Open(t, gitea.Driver(), yaml, token)
}

func mustOpen(t *testing.T, yaml string) source.Source {
	t.Helper()
	return sourcetest.MustOpen(t, gitea.Driver(), yaml, token)
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
		"instance":                           {yaml: "per_page: 20\npartitions: 2\n", change: func(*fake) {}},
		"instance in many partitions":        {yaml: "per_page: 20\npartitions: 3\n", change: func(f *fake) { f.clamp = 30 }},
		"instance in one partition":          {yaml: "partitions: 1\n", change: func(*fake) {}},
		"instance with smaller pages":        {yaml: "per_page: 500\npartitions: 2\n", change: func(f *fake) { f.clamp = 22 }},
		"instance behind a proxy":            {yaml: "per_page: 33\n", change: func(f *fake) { f.quiet = true }},
		"smaller pages behind a proxy":       {yaml: "per_page: 100\n", change: func(f *fake) { f.quiet, f.clamp = true, 25 }},
		"organization":                       {yaml: "per_page: 25\norg: acme\n", change: func(*fake) {}},
		"user, and a token that sees little": {yaml: "per_page: 25\nuser: ann\nvisibility: private\narchived: false\n", change: func(*fake) {}},
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
		"token: x":                               "url is missing",
		"url: https://h\ntokn: x":                "tokn",
		"url: https://h\norg: a\nuser: b":        "exclude each other",
		"url: https://h\norg: a/b":               "only the name",
		"url: https://h\npartitions: 65":         "partitions",
		"url: https://h\npartitions: -1":         "partitions",
		"url: https://h\nper_page: 19":           "per_page",
		"url: https://h\nper_page: 501":          "per_page",
		"url: https://h\nvisibility: hidden":     "public or private",
		"url: https://h\nvisibility: private":    "only with a token",
		"url: https://h?private=s3cr3t":          "url has a query",
		"url: https://h\ntoken: \"a\\nb\"":       "one line",
		"url: https://h\nrequests_per_second: x": "requests_per_second",
	} {
		_, err := open(t, yaml)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%q: got %v, want %q in it", yaml, err, want)
		}
	}
}
