package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"holdfast/internal/openapi"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

// jobCaching lets a client keep its copy and makes it ask every time.
const jobCaching = "private, no-cache"

// ListJobs shows jobs, newest first.
func (h *handlers) ListJobs(
	ctx context.Context, request openapi.ListJobsRequestObject,
) (openapi.ListJobsResponseObject, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	filter := store.JobFilter{}
	if request.Params.Status != nil {
		filter.Status = project.Status(*request.Params.Status)
		if !request.Params.Status.Valid() {
			return nil, invalidParameter("status must be one of queued, running, waiting, succeeded, failed, cancelled.")
		}
	}
	source, err := h.sourceFilter(ctx, request.Params.Source)
	if err != nil {
		return nil, err
	}
	filter.Source = source
	list := listing{name: "jobs", filters: []string{source, string(filter.Status)}}
	p, err := list.page(request.Params.PageSize, request.Params.PageToken, 1)
	if err != nil {
		return nil, err
	}
	filter.Limit = p.limit()
	if p.after != nil {
		filter.Before = p.after[0]
		if _, err := parseJobID(filter.Before); err != nil {
			return nil, invalidPageToken()
		}
	}
	read, err := h.Jobs.ListJobs(ctx, filter)
	if err != nil {
		return nil, err
	}
	read, next := cut(p, read, func(j *project.Job) []string { return []string{j.ID} })
	jobs := make([]openapi.Job, len(read))
	for i := range read {
		jobs[i] = jobView(&read[i], false)
	}
	return openapi.ListJobs200JSONResponse{Jobs: jobs, NextPageToken: next}, nil
}

// GetJob shows one job, now or when it is news.
func (h *handlers) GetJob(
	ctx context.Context, request openapi.GetJobRequestObject,
) (openapi.GetJobResponseObject, error) {
	jobID, err := parseJobID(request.ID)
	if err != nil {
		return nil, err
	}
	wait, err := parseWait(request.Params.Wait)
	if err != nil {
		return nil, err
	}
	known := parseNoneMatch(request.Params.IfNoneMatch)
	found, err := h.awaitChange(ctx, jobID, known, wait)
	if err != nil {
		return nil, err
	}
	next := nextLook(&found.job, time.Now())
	if known.matches(found.tag) {
		return openapi.GetJob304Response{
			Headers: openapi.GetJob304ResponseHeaders{ETag: found.tag, CacheControl: jobCaching, RetryAfter: next},
		}, nil
	}
	return &jobAnswer{body: found.body, tag: found.tag, retryAfter: next}, nil
}

// jobAnswer is the 200 of GetJob. It stands in for the generated one, which
// would encode the job a second time.
type jobAnswer struct {
	body       []byte
	tag        string
	retryAfter *int
}

// VisitGetJobResponse sends the answer.
func (a *jobAnswer) VisitGetJobResponse(w http.ResponseWriter) error {
	header := w.Header()
	header.Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
	header.Set(echo.HeaderCacheControl, jobCaching)
	header.Set("ETag", a.tag)
	if a.retryAfter != nil {
		header.Set(echo.HeaderRetryAfter, strconv.Itoa(*a.retryAfter))
	}
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(append(a.body, '\n'))
	return err
}

// CancelJob asks a job to stop.
func (h *handlers) CancelJob(
	ctx context.Context, request openapi.CancelJobRequestObject,
) (openapi.CancelJobResponseObject, error) {
	jobID, err := parseJobID(request.ID)
	if err != nil {
		return nil, err
	}
	ctx, cancel := detach(ctx, writeTimeout)
	defer cancel()
	if err := h.Queue.Cancel(ctx, jobID); err != nil {
		return nil, err
	}
	job, err := h.Jobs.Job(ctx, jobID)
	if err != nil {
		return nil, err
	}
	return openapi.CancelJob202JSONResponse(jobView(&job, false)), nil
}

// parseJobID reads a job's id and returns it in its canonical form.
func parseJobID(text string) (string, error) { return parseID("job", text) }

// parseID reads the id of a job or a check.
func parseID(of, text string) (string, error) {
	const canonical = 36 // uuid.Parse also takes braces, "urn:uuid:" and bare hex
	id, err := uuid.Parse(text)
	if err != nil || len(text) != canonical {
		return "", invalidID("A " + of + "'s id is a UUID, for example 019a7e0c-8a3e-7c11-9d0a-6f1f0a2f4c11.")
	}
	return id.String(), nil
}

// knownJob fails unless there is a job of that id: an empty list is no answer
// about a job that does not exist.
func (h *handlers) knownJob(ctx context.Context, text string) (string, error) {
	jobID, err := parseJobID(text)
	if err != nil {
		return "", err
	}
	exists, err := h.Jobs.JobExists(ctx, jobID)
	if err != nil {
		return "", err
	}
	if !exists {
		return "", project.ErrNotFound
	}
	return jobID, nil
}
