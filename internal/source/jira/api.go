package jira

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"holdfast/internal/source"
)

// api asks one Jira.
type api struct {
	client *source.Client
	// version is the path that all requests begin with.
	version string
	// known says that there are credentials, so that an answer to an anonymous
	// user is a refusal.
	known   bool
	explain func(*source.Response) *source.Error
}

// get sends one request, and refuses answers that were meant for anyone.
func (a *api) get(ctx context.Context, path string, query url.Values) (*source.Response, error) {
	res, err := a.client.Do(ctx, source.Request{Ref: a.version + path, Query: query, Explain: a.explain})
	if err != nil {
		return nil, err
	}
	if a.known && isAnonymous(res.Header) {
		return nil, res.Refused(source.Configuration, "unauthorized",
			"answered as it does to anyone: it did not take the credentials, which are wrong or expired; "+
				"make new ones and put them into the source's options")
	}
	return res, nil
}

// isAnonymous reports whether Jira says that it did not take the credentials.
func isAnonymous(h http.Header) bool {
	for _, reason := range h.Values("X-Seraph-Loginreason") {
		if strings.Contains(reason, "FAILED") || strings.Contains(reason, "DENIED") {
			return true
		}
	}
	return h.Get("X-Ausername") == "anonymous"
}

// object reads an answer that is one object.
func (a *api) object(ctx context.Context, path string) (*source.Fields, error) {
	res, err := a.get(ctx, path, nil)
	if err != nil {
		return nil, err
	}
	if err := source.CheckJSON(res.Body); err != nil {
		return nil, res.Invalid("not_an_object", err.Error())
	}
	fields := source.ReadFields(res.Body)
	if fields.Err() != nil {
		return nil, res.Invalid("not_an_object", "it is no object")
	}
	return fields, nil
}

// account names whom the credentials belong to. It fails for credentials that
// are wrong, where a listing would only be empty.
func (a *api) account(ctx context.Context) (string, error) {
	if !a.known {
		return "", nil
	}
	me, err := a.object(ctx, "/myself")
	if err != nil {
		return "", err
	}
	name := ""
	for _, member := range []string{"displayName", "emailAddress", "name"} {
		switch text := me.Text(member); {
		case text == nil || *text == "":
		case name == "":
			name = *text
		default:
			return name + " (" + *text + ")", nil
		}
	}
	return name, nil
}

// The one partition of every listing, told by its spec from those of a source
// that was of another kind when its sync was planned.
const (
	partitionName = "projects"
	partitionSpec = `{"list":"projects"}`
)

func partitions() []source.Partition {
	return []source.Partition{{Name: partitionName, Spec: []byte(partitionSpec)}}
}

// checkSpec refuses a plan that was made before the source was changed. Plans of
// other kinds have lists too.
func checkSpec(stored []byte) error {
	var s struct {
		List string `json:"list"`
	}
	if err := json.Unmarshal(stored, &s); err != nil || s.List != partitionName {
		return source.PlanOutdated()
	}
	return nil
}
