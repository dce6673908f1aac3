package api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"holdfast/internal/openapi"
	"holdfast/internal/project"
)

// StartSync enqueues a job for each source that is asked for.
func (h *handlers) StartSync(
	ctx context.Context, request openapi.StartSyncRequestObject,
) (openapi.StartSyncResponseObject, error) {
	key, err := parseKey(request.Params.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	asked, err := askedFor(request.Body)
	if err != nil {
		return nil, err
	}
	full := request.Body != nil && request.Body.Mode != nil
	ctx, cancel := detach(ctx, writeTimeout)
	defer cancel()
	jobs, err := h.started(h.enqueue(ctx, asked, full, &project.EnqueueRequest{
		Trigger:        project.TriggerAPI,
		Caller:         callerOf(ctx).name,
		IdempotencyKey: key,
		Fingerprint:    fingerprint(append([]string{"StartSync", strconv.FormatBool(full)}, asked...)...),
	}))
	if err != nil {
		return nil, err
	}
	headers := openapi.StartSync202ResponseHeaders{RetryAfter: firstLook}
	if len(jobs) == 1 {
		headers.Location = &jobs[0].Links.Self
	}
	return openapi.StartSync202JSONResponse{Body: openapi.StartedJobs{Jobs: jobs}, Headers: headers}, nil
}

// enqueue enqueues the sources that are asked for. Where the configuration has
// them no longer, a key still leads to the jobs of its first use.
func (h *handlers) enqueue(
	ctx context.Context, asked []string, full bool, request *project.EnqueueRequest,
) (project.EnqueueResult, error) {
	sources, refusal := h.resolve(asked)
	if refusal != nil {
		result, err := h.Queue.Recall(ctx, request.Caller, request.IdempotencyKey, request.Fingerprint)
		if errors.Is(err, project.ErrNotFound) {
			err = refusal
		}
		return result, err
	}
	if full {
		for i := range sources {
			sources[i].Mode = project.ModeFull
		}
	}
	request.Sources = sources
	return h.Queue.Enqueue(ctx, *request)
}

// RetryJob runs a failed or cancelled job again.
func (h *handlers) RetryJob(
	ctx context.Context, request openapi.RetryJobRequestObject,
) (openapi.RetryJobResponseObject, error) {
	jobID, err := parseJobID(request.ID)
	if err != nil {
		return nil, err
	}
	key, err := parseKey(request.Params.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	ctx, cancel := detach(ctx, writeTimeout)
	defer cancel()
	jobs, err := h.started(h.retry(ctx, project.RetryRequest{
		JobID:          jobID,
		Caller:         callerOf(ctx).name,
		IdempotencyKey: key,
		Fingerprint:    fingerprint("RetryJob", jobID),
	}))
	if err != nil {
		return nil, err
	}
	return openapi.RetryJob202JSONResponse{
		Body:    jobs[0],
		Headers: openapi.RetryJob202ResponseHeaders{Location: jobs[0].Links.Self, RetryAfter: firstLook},
	}, nil
}

// retry runs a job again unless its key has led to a job already: what has
// become of the old job and its source since then makes no difference to that.
func (h *handlers) retry(ctx context.Context, request project.RetryRequest) (project.EnqueueResult, error) {
	result, err := h.Queue.Recall(ctx, request.Caller, request.IdempotencyKey, request.Fingerprint)
	if !errors.Is(err, project.ErrNotFound) {
		return result, err
	}
	old, err := h.Jobs.Job(ctx, request.JobID)
	if err != nil {
		return project.EnqueueResult{}, err
	}
	if _, err := h.resolve([]string{old.Source}); err != nil {
		return project.EnqueueResult{}, err
	}
	return h.Queue.Retry(ctx, request)
}

// firstLook is the Retry-After, in seconds, of a job that was just enqueued.
const firstLook = 1

// askedFor returns the names in a request, each once and in its order; none
// means all.
func askedFor(body *openapi.SyncRequest) ([]string, error) {
	switch {
	case body == nil:
		return nil, nil
	case body.Mode != nil && !body.Mode.Valid():
		return nil, invalidBody(fmt.Sprintf("mode is %q; write %q, or leave it out.", *body.Mode, openapi.SyncRequestModeFull))
	case body.Source != nil && body.Sources != nil:
		return nil, invalidBody("Send either source or sources, not both.")
	case body.Source != nil && *body.Source == "":
		return nil, invalidBody("source is empty; name a source, or leave it out to sync every enabled one.")
	case body.Source != nil:
		return []string{*body.Source}, nil
	case body.Sources == nil:
		return nil, nil
	}
	return severalOf(*body.Sources)
}

// maxSources is how many elements the list of sources may have.
const maxSources = 1000

// severalOf returns the names in a list, each once and in its order.
func severalOf(list []string) ([]string, error) {
	switch {
	case len(list) == 0:
		return nil, invalidBody("sources is empty; name at least one source, or leave it out to sync every enabled one.")
	case len(list) > maxSources:
		return nil, invalidBody(fmt.Sprintf("sources has %d elements; it may have %d at most.", len(list), maxSources))
	case slices.Contains(list, ""):
		return nil, invalidBody("An element of sources is empty; name a source or leave it out.")
	}
	var names []string
	for _, name := range list {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// resolve finds the configured sources of these names, or every enabled one.
func (h *handlers) resolve(asked []string) ([]project.SourceRef, error) {
	if len(asked) == 0 {
		return h.enabled()
	}
	refs := make([]project.SourceRef, 0, len(asked))
	for _, name := range asked {
		i := slices.IndexFunc(h.Sources, func(s Source) bool { return s.Name == name })
		if i < 0 {
			return nil, unknownSource(name, h.Sources)
		}
		if !h.Sources[i].Enabled {
			return nil, sourceDisabled(name)
		}
		refs = append(refs, h.Sources[i].SourceRef)
	}
	return refs, nil
}

func (h *handlers) enabled() ([]project.SourceRef, error) {
	var refs []project.SourceRef
	for _, s := range h.Sources {
		if s.Enabled {
			refs = append(refs, s.SourceRef)
		}
	}
	if len(refs) == 0 {
		return nil, nothingToSync()
	}
	return refs, nil
}

// started shows the jobs of a request that was committed. It takes the result
// of the call to the queue as it comes.
func (h *handlers) started(result project.EnqueueResult, err error) ([]openapi.Job, error) {
	if err != nil {
		return nil, err
	}
	jobs := make([]openapi.Job, len(result.Jobs))
	for i := range result.Jobs {
		job := &result.Jobs[i]
		if !result.Replayed {
			h.Observer.Enqueued(job.Coalesced)
		}
		jobs[i] = jobView(&job.Job, job.Coalesced)
	}
	return jobs, nil
}
