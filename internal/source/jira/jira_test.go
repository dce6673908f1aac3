package jira_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"holdfast/internal/source"
	"holdfast/internal/source/jira"
	"holdfast/internal/source/sourcetest"
)

const token = "ATATT-s3cr3t"

// The headers that the two kinds send, and the options for them.
var (
	cloudAuth      = "Basic " + base64.StdEncoding.EncodeToString([]byte("ann@example.com:"+token))
	dataCenterAuth = "Bearer " + token
)

const (
	cloudLogin      = "email: ann@example.com\ntoken: ${TOKEN}\n"
	dataCenterLogin = "token: ${TOKEN}\n"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open makes a source from options as they stand in a configuration file.
func open(t *testing.T, driver source.Driver, yaml string) (source.Source, error) {
	t.Helper()
	return sourcetest.Open(t, driver, yaml, token)
}

func mustOpen(t *testing.T, driver source.Driver, yaml string) source.Source {
	t.Helper()
	return sourcetest.MustOpen(t, driver, yaml, token)
}

// service serves a fake and makes sources with the given options.
func service(t *testing.T, f *fake, driver source.Driver, yaml string) *sourcetest.Service {
	t.Helper()
	f.authorization = cloudAuth
	login := cloudLogin
	if driver.Kind == "jira-dc" {
		f.authorization, login = dataCenterAuth, dataCenterLogin
	}
	server := sourcetest.NewServer(t, f)
	service := f.Service(server, token, func(t *testing.T) source.Source {
		t.Helper()
		return mustOpen(t, driver, "url: "+server.URL+"\n"+login+yaml)
	})
	service.Snapshot = driver.Kind == "jira-dc"
	return service
}

func TestConformance(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		driver source.Driver
		yaml   string
		clamp  int
	}{
		"cloud":                    {driver: jira.CloudDriver(), yaml: "per_page: 20\n"},
		"cloud with the default":   {driver: jira.CloudDriver()},
		"cloud with smaller pages": {driver: jira.CloudDriver(), yaml: "per_page: 100\narchived: true\n", clamp: 23},
		"data center":              {driver: jira.DataCenterDriver()},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sourcetest.Run(t, sourcetest.Case{Start: func(t *testing.T, ids []string) *sourcetest.Service {
				t.Helper()
				f := newFake(t, ids)
				f.clamp = tc.clamp
				return service(t, f, tc.driver, tc.yaml)
			}})
		})
	}
}

func TestBadOptionsSayWhatToWrite(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		driver     source.Driver
		yaml, want string
	}{
		{jira.CloudDriver(), "email: a\ntoken: x", "url is missing"},
		{jira.CloudDriver(), "url: https://h\ntoken: x", "email is missing"},
		{jira.CloudDriver(), "url: https://h\nemail: x", "token is missing"},
		{jira.CloudDriver(), "url: https://h\nemail: a:b\ntoken: x", "email is no address"},
		{jira.CloudDriver(), "url: https://h\nper_page: 10", "between 20 and 100"},
		{jira.CloudDriver(), "url: https://h\nusername: a", "username"},
		{jira.DataCenterDriver(), "token: x", "url is missing"},
		{jira.DataCenterDriver(), "url: https://x.atlassian.net/", "kind: jira"},
		{jira.DataCenterDriver(), "url: https://h\ntoken: x\nusername: a", "exclude each other"},
		{jira.DataCenterDriver(), "url: https://h\nusername: a", "password is missing"},
		{jira.DataCenterDriver(), "url: https://h\npassword: a", "username is missing"},
		{jira.DataCenterDriver(), "url: https://h\nusername: a:b\npassword: x", "colon"},
		{jira.DataCenterDriver(), "url: https://h\nper_page: 50", "per_page"},
	} {
		if _, err := open(t, tc.driver, tc.yaml); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s, %q: got %v, want %q in it", tc.driver.Kind, tc.yaml, err, tc.want)
		}
	}
}
