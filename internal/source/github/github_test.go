package github_test

import (
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"holdfast/internal/source"
	"holdfast/internal/source/github"
	"holdfast/internal/source/sourcetest"
)

// Built of parts, so that no scanner takes them for real ones.
const (
	token             = "ghp" + "_s3cr3t"
	installationToken = "ghs" + "_s3cr3t"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open makes a source from options as they stand in a configuration file.
func open(t *testing.T, yaml string) (source.Source, error) {
	t.Helper()
	return sourcetest.Open(t, github.Driver(), yaml, token)
}

func mustOpen(t *testing.T, yaml string) source.Source {
	t.Helper()
	return sourcetest.MustOpen(t, github.Driver(), yaml, token)
}

// service serves a fake and makes sources with the given options.
func service(t *testing.T, f *fake, yaml string) *sourcetest.Service {
	t.Helper()
	secret := installationToken
	if f.installation == nil {
		f.token, secret = token, token
		yaml = "token: ${TOKEN}\n" + yaml
	}
	server := sourcetest.NewServer(t, f)
	made := f.Service(server, secret, func(t *testing.T) source.Source {
		t.Helper()
		return mustOpen(t, "url: "+server.URL+"\n"+yaml)
	})
	// Each source of an App has a token of its own, and with it other ETags.
	made.Confirms = f.installation == nil && !strings.Contains(yaml, "public:")
	return made
}

func TestConformance(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	app := "app_id: 4711\ninstallation_id: 77\nprivate_key_file: " + keyFile(t, key) + "\n"
	tests := map[string]struct {
		yaml   string
		change func(*fake)
	}{
		"organization":                     {yaml: "org: acme\nper_page: 20\n", change: func(*fake) {}},
		"two organizations":                {yaml: "orgs: [acme, beta]\nper_page: 20\n", change: func(f *fake) { f.split = true }},
		"organization with smaller pages":  {yaml: "org: acme\n", change: func(f *fake) { f.clamp = 25 }},
		"organization without Link":        {yaml: "org: acme\nper_page: 40\n", change: func(f *fake) { f.quiet = true }},
		"user":                             {yaml: "user: ann\nper_page: 25\n", change: func(*fake) {}},
		"the account's own":                {yaml: "per_page: 50\naffiliation: [owner, organization_member]\n", change: func(*fake) {}},
		"installation":                     {yaml: app + "per_page: 20\n", change: func(f *fake) { f.installation = &installation{key: key, life: time.Hour} }},
		"installation with expired tokens": {yaml: app + "per_page: 50\n", change: func(f *fake) { f.installation = &installation{key: key, life: time.Minute} }},
		"public":                           {yaml: "public: true\n", change: func(f *fake) { f.clamp = 20 }},
		"public without Link":              {yaml: "public: true\n", change: func(f *fake) { f.clamp, f.quiet = 30, true }},
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
	const app = "app_id: 1\ninstallation_id: 77\nprivate_key: ${KEY}\n"
	for yaml, want := range map[string]string{
		"url: https://h":                                 "nothing to list",
		"tokn: x":                                        "tokn",
		"org: a\nuser: b":                                "exclude each other",
		"org: a\npublic: true":                           "exclude each other",
		"org: a\norgs: [A]":                              "named twice",
		"orgs: ['']":                                     "empty name",
		"org: https://github.com/a":                      "write only the name",
		"token: x\n" + app:                               "exclude each other",
		"app_id: 1":                                      "needs app_id, installation_id and private_key",
		"installation_id: 1":                             "needs app_id, installation_id and private_key",
		strings.Replace(app, "77", "seven", 1):           "installation_id must be a number",
		app:                                              "private_key is no PEM file",
		"org: a\nper_page: 101":                          "per_page",
		"org: a\nper_page: 19":                           "per_page",
		"org: a\nvisibility: hidden":                     "all, public or private",
		"user: a\nvisibility: public":                    "visibility works only",
		"org: a\naffiliation: [owner]":                   "affiliation works only",
		"token: x\naffiliation: [boss]":                  "affiliation must be",
		"org: a\nurl: https://h?private=s3cr3t":          "url",
		"org: a\nurl: https://u:s3cr3t@h":                "url",
		"org: a\ntoken: \"line\\nbreak\"":                "line break",
		"token: x\naffiliation: [owner]\nvisibility: me": "visibility",
	} {
		if _, err := open(t, yaml); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%q: got %v, want %q in it", yaml, err, want)
		}
	}
}
