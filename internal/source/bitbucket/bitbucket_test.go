package bitbucket_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"holdfast/internal/source"
	"holdfast/internal/source/bitbucket"
	"holdfast/internal/source/sourcetest"
)

const token = "s3cr3t0123456789"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open makes a source from options as they stand in a configuration file.
func open(t *testing.T, yaml string) (source.Source, error) {
	t.Helper()
	return sourcetest.Open(t, bitbucket.Driver(), yaml, token)
}

func mustOpen(t *testing.T, yaml string) source.Source {
	t.Helper()
	return sourcetest.MustOpen(t, bitbucket.Driver(), yaml, token)
}

// service serves a fake and makes sources with the given options.
func service(t *testing.T, f *fake, yaml string) *sourcetest.Service {
	t.Helper()
	f.authorization = "Bearer " + token
	if strings.Contains(yaml, "email:") {
		f.authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte("ann@example.com:"+token))
	}
	server := sourcetest.NewServer(t, f)
	return &sourcetest.Service{
		New: func(t *testing.T) source.Source {
			t.Helper()
			return mustOpen(t, "url: "+server.URL+"\ntoken: ${TOKEN}\n"+yaml)
		},
		Truth: f.Truth, Break: server.Break,
		Add: f.Add, Remove: f.Remove, Update: f.Update, AddOdd: f.AddOdd,
		Secret: token,
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		yaml   string
		change func(*fake)
	}{
		"one workspace, found":     {yaml: "per_page: 20\n", change: func(*fake) {}},
		"many workspaces, found":   {yaml: "per_page: 10\nemail: ann@example.com\n", change: func(f *fake) { f.spaces = []string{"acme", "beta", "gamma"} }},
		"named, without totals":    {yaml: "per_page: 30\nworkspaces: [acme]\n", change: func(f *fake) { f.quiet = true }},
		"some made at one moment":  {yaml: "per_page: 10\nworkspace: acme\n", change: func(f *fake) { f.together = 4 }},
		"pages made at one moment": {yaml: "per_page: 10\nworkspace: acme\n", change: func(f *fake) { f.together = 37 }},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sourcetest.Run(t, sourcetest.Case{Start: func(t *testing.T, ids []string) *sourcetest.Service {
				t.Helper()
				f := newFake(t, ids)
				tc.change(f)
				s := service(t, f, tc.yaml)
				if f.together > 10 {
					// Where next has to be followed, pages have numbers, and
					// shift. So many at one moment cannot be told apart.
					s.Remove = nil
				}
				return s
			}})
		})
	}
}

func TestBadOptionsSayWhatToWrite(t *testing.T) {
	t.Parallel()
	for yaml, want := range map[string]string{
		"workspace: a":                            "token is missing",
		"token: x\ntokn: x":                       "tokn",
		"token: x\nemail: ann":                    "Atlassian account",
		"token: x\nper_page: 101":                 "per_page",
		"token: x\nper_page: 9":                   "per_page",
		"token: x\nworkspaces: [a, \"\"]":         "empty name",
		"token: x\nworkspaces: [a, b/c]":          "only the id",
		"token: x\nworkspace: a\nworkspaces: [a]": "named twice",
		"token: x\nurl: https://h?x=s3cr3t":       "url has a query",
	} {
		_, err := open(t, yaml)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%q: got %v, want %q in it", yaml, err, want)
		}
	}
}
