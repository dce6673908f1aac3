package bitbucketdc_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"holdfast/internal/source"
	"holdfast/internal/source/bitbucketdc"
	"holdfast/internal/source/sourcetest"
)

const token = "s3cr3t0123456789"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open makes a source from options as they stand in a configuration file.
func open(t *testing.T, yaml string) (source.Source, error) {
	t.Helper()
	return sourcetest.Open(t, bitbucketdc.Driver(), yaml, token)
}

func mustOpen(t *testing.T, yaml string) source.Source {
	t.Helper()
	return sourcetest.MustOpen(t, bitbucketdc.Driver(), yaml, token)
}

// service serves a fake and makes sources with the given options.
func service(t *testing.T, f *fake, yaml string) *sourcetest.Service {
	t.Helper()
	f.authorization = "Bearer " + token
	if strings.Contains(yaml, "username:") {
		f.authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte("ann:"+token))
	} else {
		yaml += "token: ${TOKEN}\n"
	}
	server := sourcetest.NewServer(t, f)
	return f.Service(server, token, func(t *testing.T) source.Source {
		t.Helper()
		return mustOpen(t, "url: "+server.URL+"\n"+yaml)
	})
}

func TestConformance(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		yaml   string
		change func(*fake)
	}{
		"everything":             {yaml: "per_page: 50\n", change: func(*fake) {}},
		"small pages":            {yaml: "per_page: 20\narchived: false\n", change: func(*fake) {}},
		"pages that are cut":     {yaml: "per_page: 1000\n", change: func(f *fake) { f.clamp = 30 }},
		"repositories not shown": {yaml: "per_page: 30\nusername: ann\npassword: ${P}\n", change: func(f *fake) { f.hidden = 40 }},
		"projects":               {yaml: "per_page: 25\nprojects: [ACME, ~ann]\n", change: func(f *fake) { f.projects = []string{"ACME", "~ann"} }},
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
		"token: x":                "url is missing",
		"url: https://h\ntokn: x": "tokn",
		"url: https://h\ntoken: x\nusername: a\npassword: s3cr3t": "exclude each other",
		"url: https://h\nusername: a":                             "go together",
		"url: https://h\npassword: s3cr3t":                        "go together",
		"url: https://h\nper_page: 1001":                          "per_page",
		"url: https://h\nper_page: 19":                            "per_page",
		"url: https://h\nprojects: [A, \"\"]":                     "key of a project",
		"url: https://h\nprojects: [A/B]":                         "key of a project",
		"url: https://h\nprojects: [A, a]":                        "named twice",
		"url: https://h?x=s3cr3t":                                 "url has a query",
	} {
		_, err := open(t, yaml)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%q: got %v, want %q in it", yaml, err, want)
		}
	}
}
