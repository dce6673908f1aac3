package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"holdfast/internal/openapi"
)

// route is one operation of the interface.
type route struct {
	// operation is its operationId in openapi.yaml.
	operation string
	method    string
	path      string
	// role is what the caller must be; empty for everybody.
	role Role
	// query lists the parameters it knows; others are refused, because a
	// misspelt filter that is ignored answers another question. Routes for
	// everybody ignore theirs: a probe that makes its address unique asks the
	// same question, and must not have a healthy process restarted.
	query  []string
	handle echo.HandlerFunc
}

// routes is every route of the server. A test compares it with openapi.yaml.
func routes(h *handlers) []route {
	w := openapi.ServerInterfaceWrapper{Handler: openapi.NewStrictHandler(h, nil)}
	paging := func(more ...string) []string { return append(more, "page_size", "page_token") }
	wait := []string{"wait"}
	const get, post = http.MethodGet, http.MethodPost
	const jobs, job = "/api/v1/sync/jobs", "/api/v1/sync/jobs/:id"
	return []route{
		{"StartSync", post, "/api/v1/sync/projects", Operator, nil, oneKey(w.StartSync)},
		{"ListJobs", get, jobs, Reader, paging("source", "status"), w.ListJobs},
		{"GetJob", get, job, Reader, wait, patient(joinNoneMatch(w.GetJob))},
		{"CancelJob", post, job + "/cancel", Operator, nil, w.CancelJob},
		{"RetryJob", post, job + "/retry", Operator, nil, oneKey(w.RetryJob)},
		{"ListEvents", get, job + "/events", Reader, paging(), w.ListEvents},
		{"ListQuarantine", get, job + "/quarantine", Reader, paging(), w.ListQuarantine},
		{"GetDeletions", get, job + "/deletions", Reader, paging(), w.GetDeletions},
		{"ApproveDeletions", post, job + "/deletions/approve", Operator, nil, patient(w.ApproveDeletions)},
		{"DiscardDeletions", post, job + "/deletions/discard", Operator, nil, patient(w.DiscardDeletions)},
		{"ListSources", get, "/api/v1/sources", Reader, nil, w.ListSources},
		{"CheckSource", post, "/api/v1/sources/:name/check", Operator, wait, patient(w.CheckSource)},
		{"GetCheck", get, "/api/v1/checks/:id", Reader, wait, patient(w.GetCheck)},
		{"ListProjects", get, "/api/v1/projects", Reader, paging("source", "q", "include_deleted"), w.ListProjects},
		{"GetProject", get, "/api/v1/projects/:id", Reader, paging(), w.GetProject},
		{"Livez", get, "/livez", "", nil, w.Livez},
		{"Readyz", get, "/readyz", "", nil, w.Readyz},
		{"GetMetrics", get, "/metrics", "", nil, echo.WrapHandler(h.Metrics)},
		{"GetOpenAPI", get, "/openapi.yaml", "", nil, w.GetOpenAPI},
	}
}

// add registers a route: what a GET answers a HEAD answers too, without the
// body, which net/http leaves out.
func (r route) add(e *echo.Echo, middleware ...echo.MiddlewareFunc) {
	e.Add(r.method, r.path, r.handle, middleware...).Name = r.operation
	if r.method == http.MethodGet {
		e.Add(http.MethodHead, r.path, r.handle, middleware...).Name = r.operation
	}
}
