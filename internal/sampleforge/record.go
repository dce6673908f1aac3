package sampleforge

import (
	"strconv"
	"time"

	"github.com/tidwall/gjson"
)

// gitlabTime is how GitLab writes a moment: always with milliseconds.
const gitlabTime = "2006-01-02T15:04:05.000Z"

// unvarying are settings that are the same for all projects here; GitLab sends
// them with each one all the same.
const unvarying = `"empty_repo":false,"import_status":"finished","container_registry_enabled":null,"issues_enabled":true,` +
	`"merge_requests_enabled":true,"wiki_enabled":true,"jobs_enabled":true,"snippets_enabled":false,` +
	`"lfs_enabled":true,"ci_config_path":null,"shared_with_groups":[],` +
	`"only_allow_merge_if_pipeline_succeeds":false,"merge_method":"merge"`

// appendProject writes a project as GitLab's API does. It is written out by
// hand because reflection would be the most expensive part of a demo, which has
// to share two cores with what it shows; this way a record costs 3 µs.
func (f *Forge) appendProject(dst []byte, p Project) []byte {
	dst = append(dst, `{"id":`...)
	dst = strconv.AppendInt(dst, p.ID, 10)
	dst = appendText(dst, "description", p.Description)
	dst = appendText(dst, "name", &p.Name)
	namespace := f.namespaces[p.namespace]
	dst = append(dst, `,"name_with_namespace":`...)
	dst = gjson.AppendJSONString(dst, namespace.name+" / "+p.Name)
	dst = appendText(dst, "path", &p.Path)
	dst = appendText(dst, "path_with_namespace", &p.FullPath)
	dst = appendText(dst, "default_branch", p.DefaultBranch)
	dst = appendTopics(dst, p.Topics)
	dst = f.appendURLs(dst, p)
	dst = appendNumber(dst, "forks_count", p.Forks)
	dst = appendNumber(dst, "star_count", p.Stars)
	dst = appendNumber(dst, "open_issues_count", p.OpenIssues)
	dst = appendTime(dst, "created_at", p.CreatedAt)
	dst = appendTime(dst, "updated_at", p.UpdatedAt)
	dst = appendTime(dst, "last_activity_at", p.UpdatedAt)
	dst = append(dst, `,"archived":`...)
	dst = strconv.AppendBool(dst, p.Archived)
	dst = appendText(dst, "visibility", &p.Visibility)
	dst = append(dst, `,"avatar_url":null,"readme_url":null,"marked_for_deletion_on":null,"namespace":`...)
	dst = append(dst, f.namespaceJSON[p.namespace]...)
	dst = append(dst, ',')
	dst = append(dst, unvarying...)
	return append(dst, '}')
}

func (f *Forge) appendURLs(dst []byte, p Project) []byte {
	web := f.webURL + "/" + p.FullPath
	api := f.webURL + "/api/v4/projects/" + strconv.FormatInt(p.ID, 10)
	for _, url := range [...]struct{ name, value string }{
		{"web_url", web},
		{"http_url_to_repo", web + ".git"},
		{"ssh_url_to_repo", "git@gitlab.example.com:" + p.FullPath + ".git"},
	} {
		dst = appendText(dst, url.name, &url.value)
	}
	dst = append(dst, `,"_links":{"self":`...)
	dst = gjson.AppendJSONString(dst, api)
	dst = appendText(dst, "events", new(api+"/events"))
	return append(dst, '}')
}

func appendTopics(dst []byte, topics []string) []byte {
	dst = append(dst, `,"topics":[`...)
	for i, topic := range topics {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = gjson.AppendJSONString(dst, topic)
	}
	return append(dst, ']')
}

// appendNamespace writes the namespace of a project, or the group itself.
func appendNamespace(dst []byte, all []namespace, n namespace) []byte {
	dst = append(dst, `{"id":`...)
	dst = strconv.AppendInt(dst, n.id, 10)
	dst = appendText(dst, "name", &n.name)
	dst = appendText(dst, "path", new(n.path()))
	dst = appendText(dst, "kind", new(n.kind()))
	dst = appendText(dst, "full_path", &n.fullPath)
	if around := parent(all, n); around != 0 {
		return append(strconv.AppendInt(append(dst, `,"parent_id":`...), around, 10), '}')
	}
	return append(dst, `,"parent_id":null}`...)
}

func appendKey(dst []byte, key string) []byte {
	dst = append(dst, `,"`...)
	dst = append(dst, key...)
	return append(dst, `":`...)
}

// appendText writes a member with a text or null. AppendJSONString escapes <, >
// and & as GitLab's encoder does.
func appendText(dst []byte, key string, value *string) []byte {
	dst = appendKey(dst, key)
	if value == nil {
		return append(dst, "null"...)
	}
	return gjson.AppendJSONString(dst, *value)
}

func appendNumber(dst []byte, key string, value int) []byte {
	return strconv.AppendInt(appendKey(dst, key), int64(value), 10)
}

func appendTime(dst []byte, key string, value time.Time) []byte {
	dst = append(appendKey(dst, key), '"')
	return append(value.AppendFormat(dst, gitlabTime), '"')
}
