package openproject_test

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"holdfast/internal/source"
	"holdfast/internal/source/openproject"
	"holdfast/internal/source/sourcetest"
)

const token = "opapi-s3cr3t"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open makes a source from options as they stand in a configuration file.
func open(t *testing.T, yaml string) (source.Source, error) {
	t.Helper()
	return sourcetest.Open(t, openproject.Driver(), yaml, token)
}

func mustOpen(t *testing.T, yaml string) source.Source {
	t.Helper()
	return sourcetest.MustOpen(t, openproject.Driver(), yaml, token)
}

// service serves a fake and makes sources with the given options.
func service(t *testing.T, f *fake, yaml string) *sourcetest.Service {
	t.Helper()
	server := sourcetest.NewServer(t, f)
	return f.Service(server, token, func(t *testing.T) source.Source {
		t.Helper()
		return mustOpen(t, "url: "+server.URL+"/api/v3/\n"+yaml)
	})
}

const withToken = "token: ${TOKEN}\n"

func TestConformance(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		yaml  string
		clamp int
	}{
		"with an API token":       {yaml: withToken + "per_page: 40\n"},
		"with an OAuth token":     {yaml: withToken + "token_type: bearer\nper_page: 33\n"},
		"smallest pages":          {yaml: withToken + "per_page: 20\npartitions: 1\n"},
		"in partitions":           {yaml: withToken + "per_page: 20\n"},
		"in clamped partitions":   {yaml: withToken + "per_page: 30\npartitions: 2\n", clamp: 20},
		"anonymous":               {yaml: "per_page: 30\n"},
		"with clamped pages":      {yaml: withToken, clamp: 25},
		"with clamped huge pages": {yaml: withToken + "per_page: 1000\n", clamp: 41},
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
		"token: s3cr3t":                   "url is missing",
		"url: https://h\napi_key: s3cr3t": "api_key",
		"url: https://h\nper_page: 1001":  "per_page",
		"url: https://h\nper_page: 19":    "per_page",
		"url: https://h\npartitions: 65":  "partitions",
		"url: https://h\ntoken_type: pat": "api_key or bearer",
		"url: https://h\narchived: maybe": "archived",
	} {
		_, err := open(t, yaml)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%q: got %v, want %q in it", yaml, err, want)
		}
	}
}
