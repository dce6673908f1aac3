package sampleforge

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// index is what GET /-/sample/ answers.
const index = `The sample forge: change the truth, and watch it being mirrored.

GET    /-/sample/count                   {"projects": n, "first_id": …, "last_id": …}
GET    /-/sample/projects                every project, one JSON object a line, by id
POST   /-/sample/projects                {"count": n}: create projects
GET    /-/sample/projects/{id}           one project
PATCH  /-/sample/projects/{id}           {"name", "path", "description", "visibility", "topics", "archived", "stars"}: change it
DELETE /-/sample/projects/{id}           remove it from every listing
POST   /-/sample/projects/{id}/rename    {"path": …, "name": …}
POST   /-/sample/projects/{id}/restore   bring it back
GET    /-/sample/faults                  the faults that are still to hit
POST   /-/sample/faults                  add one, e.g. {"kind": "rate_limit", "after": 2, "count": 3, "retry_after": "2s"}
       kinds: rate_limit (retry_after), status (status), html, truncated, hang, latency (delay), total (total),
       outage (group: a full path); after: requests that pass first; count: requests that are hit, 0 = all
DELETE /-/sample/faults                  end all faults and outages
GET    /-/sample/counts                  API requests, pages and projects served so far
`

// maxAdminBody is far more than any call needs.
const maxAdminBody = 1 << 20

func (f *Forge) adminRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /-/sample/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(index))
	})
	mux.HandleFunc("GET /-/sample/projects", f.dump)
	for pattern, handle := range map[string]func(*http.Request) (any, error){
		"GET /-/sample/count":                  f.adminCount,
		"POST /-/sample/projects":              f.adminAdd,
		"GET /-/sample/projects/{id}":          f.adminGet,
		"PATCH /-/sample/projects/{id}":        f.adminUpdate,
		"DELETE /-/sample/projects/{id}":       f.adminRemove,
		"POST /-/sample/projects/{id}/rename":  f.adminUpdate,
		"POST /-/sample/projects/{id}/restore": f.adminRestore,
		"GET /-/sample/faults":                 f.adminFaults,
		"POST /-/sample/faults":                f.adminInject,
		"DELETE /-/sample/faults":              f.adminClear,
		"GET /-/sample/counts":                 func(*http.Request) (any, error) { return f.Counts(), nil },
	} {
		mux.HandleFunc(pattern, admin(handle))
	}
}

// admin answers with what a call returns, as JSON.
func admin(handle func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxAdminBody)
		result, err := handle(r)
		status := http.StatusOK
		switch {
		case errors.Is(err, errNoProject):
			status = http.StatusNotFound
		case err != nil:
			status = http.StatusBadRequest
		}
		if err != nil {
			result = map[string]string{"error": err.Error()}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		// A client that has left needs no answer.
		_ = json.NewEncoder(w).Encode(result)
	}
}

// readBody decodes a body; what it does not know it refuses, so that a typing
// error in a demo does not pass for a change.
func readBody(r *http.Request, into any) error {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("the body must be a JSON object as GET /-/sample/ shows: %w", err)
	}
	return nil
}

func pathID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, errors.New("the id must be a number; GET /-/sample/count tells the first and the last one")
	}
	return id, nil
}

// dump streams the truth.
func (f *Forge) dump(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := bufio.NewWriterSize(w, 64<<10)
	var line []byte
	for p := range f.Projects() {
		line = append(f.appendProject(line[:0], p), '\n')
		if _, err := out.Write(line); err != nil || r.Context().Err() != nil {
			return
		}
	}
	_ = out.Flush()
}

func (f *Forge) adminCount(*http.Request) (any, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	v := f.view(everything)
	count := map[string]int64{"projects": int64(v.len())}
	if v.len() > 0 {
		count["first_id"], count["last_id"] = f.id(v.at(0)), f.id(v.at(v.len()-1))
	}
	return count, nil
}

func (f *Forge) adminAdd(r *http.Request) (any, error) {
	var body struct {
		Count int `json:"count"`
	}
	if err := readBody(r, &body); err != nil {
		return nil, err
	}
	if body.Count < 1 || body.Count > 10_000_000 {
		return nil, errors.New("count must be from 1 to 10000000")
	}
	f.Add(body.Count)
	return f.adminCount(r)
}

func (f *Forge) adminGet(r *http.Request) (any, error) {
	id, err := pathID(r)
	if err != nil {
		return nil, err
	}
	raw, err := f.Raw(id)
	return json.RawMessage(raw), err
}

func (f *Forge) adminUpdate(r *http.Request) (any, error) {
	id, err := pathID(r)
	if err != nil {
		return nil, err
	}
	var c Change
	if err := readBody(r, &c); err != nil {
		return nil, err
	}
	if err := f.Update(id, c); err != nil {
		return nil, err
	}
	return f.adminGet(r)
}

func (f *Forge) adminRemove(r *http.Request) (any, error) { return f.adminSetRemoved(r, true) }

func (f *Forge) adminRestore(r *http.Request) (any, error) { return f.adminSetRemoved(r, false) }

func (f *Forge) adminSetRemoved(r *http.Request, removed bool) (any, error) {
	id, err := pathID(r)
	if err != nil {
		return nil, err
	}
	if err := f.setRemoved(id, removed); err != nil {
		return nil, err
	}
	return f.adminCount(r)
}
