package redmine_test

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"holdfast/internal/source"
	"holdfast/internal/source/redmine"
	"holdfast/internal/source/sourcetest"
)

const key = "f1b3s3cr3tkey"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open makes a source from options as they stand in a configuration file.
func open(t *testing.T, yaml string) (source.Source, error) {
	t.Helper()
	return sourcetest.Open(t, redmine.Driver(), yaml, key)
}

func mustOpen(t *testing.T, yaml string) source.Source {
	t.Helper()
	return sourcetest.MustOpen(t, redmine.Driver(), yaml, key)
}

// service serves a fake and makes sources with the given options.
func service(t *testing.T, f *fake, yaml string) *sourcetest.Service {
	t.Helper()
	server := sourcetest.NewServer(t, f)
	return f.Service(server, key, func(t *testing.T) source.Source {
		t.Helper()
		return mustOpen(t, "url: "+server.URL+"/\n"+yaml)
	})
}

const withKey = "api_key: ${KEY}\n"

func TestConformance(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		yaml  string
		clamp int
	}{
		"with a key":         {yaml: withKey + "per_page: 40\n"},
		"smallest pages":     {yaml: withKey + "per_page: 20\n"},
		"anonymous":          {yaml: "per_page: 30\n"},
		"with clamped pages": {yaml: withKey, clamp: 25},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sourcetest.Run(t, sourcetest.Case{Start: func(t *testing.T, ids []string) *sourcetest.Service {
				t.Helper()
				f := newFake(t, ids)
				f.clamp = tc.clamp
				return service(t, f, tc.yaml)
			}})
		})
	}
}

func TestBadOptionsSayWhatToWrite(t *testing.T) {
	t.Parallel()
	for yaml, want := range map[string]string{
		"api_key: x":                              "url is missing",
		"url: https://h\ntoken: s3cr3t":           "token",
		"url: https://h\nper_page: 101":           "per_page",
		"url: https://h\nper_page: 5":             "per_page",
		"url: https://h\nstatus: [open]":          "active, closed and archived",
		"url: https://h/projects.json":            "redmine.example.com",
		"url: https://h\napi_key: \"a\\ns3cr3t\"": "line break",
	} {
		_, err := open(t, yaml)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%q: got %v, want %q in it", yaml, err, want)
		}
	}
}
