package api_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/openapi"
)

// paths reads every page of a list of projects.
func (b *bundle) paths(query string) []string {
	b.tb.Helper()
	var list []string
	token := ""
	for {
		page := decode[openapi.ProjectList](b.get("/api/v1/projects?page_size=2" + query + token).want(http.StatusOK))
		for _, p := range page.Projects {
			list = append(list, p.FullPath)
		}
		if page.NextPageToken == nil {
			return list
		}
		token = "&page_token=" + url.QueryEscape(*page.NextPageToken)
	}
}

func TestListProjects(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 5 {
		b.row("gitlab", strconv.Itoa(i), fmt.Sprint("Group/p", i))
	}
	b.row("files", "z", "other/100%_done")
	b.exec("update projects set deleted_at = now(), deleted_reason = 'absent' where external_id = '3'")
	b.exec("insert into sources (name, kind) values ('gitlab', 'gitlab'), ('files', 'file')")
	for query, want := range map[string][]string{
		"":                           {"other/100%_done", "Group/p0", "Group/p1", "Group/p2", "Group/p4"},
		"&include_deleted=true":      {"other/100%_done", "Group/p0", "Group/p1", "Group/p2", "Group/p3", "Group/p4"},
		"&source=gitlab":             {"Group/p0", "Group/p1", "Group/p2", "Group/p4"},
		"&source=files":              {"other/100%_done"},
		"&q=group%2FP":               {"Group/p0", "Group/p1", "Group/p2", "Group/p4"},
		"&q=0%25_":                   {"other/100%_done"},
		"&q=%25":                     {"other/100%_done"},
		"&q=_":                       {"other/100%_done"},
		"&q=%5C":                     nil,
		"&q=p4&source=gitlab":        {"Group/p4"},
		"&source=old":                nil,
		"&q='%20or%201%3D1%20--%20x": nil,
	} {
		if diff := cmp.Diff(want, b.paths(query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestListProjectsRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.row("gitlab", "1", "a")
	b.row("gitlab", "2", "b")
	token := *decode[openapi.ProjectList](b.get("/api/v1/projects?page_size=1")).NextPageToken
	plain, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	// forged is the token with another external id in its key.
	forged := func(externalID string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(plain), `"1"`, `"`+externalID+`"`, 1)))
	}
	b.get("/api/v1/projects?page_token=" + forged("2")).want(http.StatusOK)
	for query, want := range map[string]string{
		"q=%00":                             "invalid_parameter",
		"q=%ff":                             "invalid_parameter",
		"q=" + strings.Repeat("x", 201):     "invalid_parameter",
		"include_deleted=perhaps":           "invalid_parameter",
		"deleted=true":                      "unknown_parameter",
		"source=nope":                       "unknown_source",
		"source=a%00b":                      "invalid_parameter",
		"source=%ff":                        "invalid_parameter",
		"page_token=" + forged(`1\u0000`):   "invalid_page_token",
		"page_token=" + token + "&q=a":      "invalid_page_token",
		"page_token=" + token[:8]:           "invalid_page_token",
		"include_deleted=true&page_token=a": "invalid_page_token",
	} {
		if got := b.get("/api/v1/projects?" + query).code(); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	for _, query := range []string{"source=a%00b", "source=%ff"} {
		if got := b.get(jobsPath + "?" + query).want(http.StatusBadRequest).code(); got != "invalid_parameter" {
			t.Errorf("jobs with %s: %q", query, got)
		}
	}
	if log := b.log.String(); strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("a client's mistake is an error in the log: %s", log)
	}
}

func TestGetProject(t *testing.T) {
	t.Parallel()
	b := setup(t)
	job := b.sync("gitlab")
	b.row("gitlab", "1", "new/path")
	id := scan[int64](b, "select id from projects")
	b.exec("insert into project_changes (project_id, job_id, change) values ($1, $2, 'created')", id, job.ID)
	b.exec(`insert into project_changes (project_id, job_id, change, fields)
		values ($1, $2, 'renamed', '{"full_path": {"old": "old/path", "new": "new/path"}}')`, id, job.ID)
	path := fmt.Sprintf("/api/v1/projects/%d", id)
	got := decode[openapi.ProjectDetail](b.get(path + "?page_size=1").want(http.StatusOK))
	if got.Project.FullPath != "new/path" || string(got.Payload) != `{"id":1}` || got.ContentHash != "abcd" ||
		cmp.Diff([]string{"a", "b"}, got.Project.Topics) != "" || got.Project.Links.Self != path {
		t.Errorf("project: %+v", got)
	}
	if len(got.Changes) != 1 || got.Changes[0].Change != openapi.ChangeChangeRenamed || !strings.Contains(string(got.Changes[0].Fields), "old/path") {
		t.Errorf("changes: %+v", got.Changes)
	}
	older := decode[openapi.ProjectDetail](b.get(path + "?page_size=1&page_token=" + *got.NextPageToken).want(http.StatusOK))
	if len(older.Changes) != 1 || older.Changes[0].Change != openapi.ChangeChangeCreated || older.NextPageToken != nil {
		t.Errorf("older changes: %+v", older.Changes)
	}
	for bad, want := range map[string]string{
		"0": "invalid_id", "-1": "invalid_id", "01": "invalid_id", "x": "invalid_id", "+1": "invalid_id",
		"9223372036854775808": "invalid_id", "9223372036854775807": "not_found",
	} {
		if code := b.get("/api/v1/projects/" + bad).code(); code != want {
			t.Errorf("%s: %q, want %q", bad, code, want)
		}
	}
}
