package sampleforge

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// routes lists every call that there is.
func (f *Forge) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, handle := range map[string]func(*http.Request) *answer{
		"GET /api/v4/projects":                    f.instanceProjects,
		"GET /api/v4/projects/{id}":               f.oneProject,
		"GET /api/v4/groups/{id}":                 f.oneGroup,
		"GET /api/v4/groups/{id}/projects":        f.groupProjects,
		"GET /api/v4/users/{id}/projects":         f.userProjects,
		"GET /api/v4/user":                        f.currentUser,
		"GET /api/v4/personal_access_tokens/self": f.ownToken,
		"GET /api/v4/version":                     f.version,
		"/api/": func(*http.Request) *answer {
			return jsonAnswer(http.StatusNotFound, `{"error":"404 Not Found"}`)
		},
	} {
		mux.Handle(pattern, f.api(handle))
	}
	f.adminRoutes(mux)
	return mux
}

// api wraps an API call in what GitLab does before each: rate limit, token; and
// in the faults that were asked for.
func (f *Forge) api(handle func(*http.Request) *answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f.counts.request()
		fault := f.faults.next()
		if !fault.hold(r.Context()) {
			return
		}
		reply := fault.replacement()
		if reply == nil {
			reply = f.refuse(r, time.Now())
		}
		if reply == nil {
			reply = handle(r)
		}
		if !sleep(r.Context(), f.delay(reply)) {
			return
		}
		fault.distort(reply)
		if reply.status == http.StatusTooManyRequests {
			f.counts.refused()
		}
		reply.send(w)
	}
}

// refuse returns the answer to a request above the rate limit or without the
// token, and nil to all others.
func (f *Forge) refuse(r *http.Request, now time.Time) *answer {
	if wait, exceeded := f.limit.exceeded(now); exceeded {
		return tooMany(wait)
	}
	token, _ := shownToken(r)
	if f.token != "" && subtle.ConstantTimeCompare([]byte(token), []byte(f.token)) != 1 {
		return unauthorized()
	}
	return nil
}

// shownToken returns the token of a request, if any, and whether it came as
// that of an OAuth application.
func shownToken(r *http.Request) (token string, bearer bool) {
	if token = r.Header.Get("Private-Token"); token != "" {
		return token, false
	}
	token, bearer = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		return "", false
	}
	return token, true
}

func (f *Forge) delay(reply *answer) time.Duration {
	if reply.isPage {
		return f.latency + f.pageLatency
	}
	return f.latency
}

// sleep waits and reports whether the client is still there.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (f *Forge) instanceProjects(r *http.Request) *answer { return f.listing(r, true, everything) }

func (f *Forge) groupProjects(r *http.Request) *answer {
	group, found := f.namespace(r.PathValue("id"), false)
	if !found {
		return notFound("Group ")
	}
	// GitLab's default for include_subgroups is false.
	nested, _ := strconv.ParseBool(r.URL.Query().Get("include_subgroups"))
	return f.listing(r, false, func(index int) bool {
		n := f.namespaces[index]
		return n.id == group.id || nested && n.within(group)
	})
}

func (f *Forge) userProjects(r *http.Request) *answer {
	user, found := f.namespace(r.PathValue("id"), true)
	if !found {
		return notFound("User ")
	}
	return f.listing(r, false, func(index int) bool { return f.namespaces[index].id == user.id })
}

// namespace finds a group or user by id or full path.
func (f *Forge) namespace(id string, user bool) (namespace, bool) {
	for _, n := range f.namespaces {
		if n.user == user && (id == n.fullPath || id == strconv.FormatInt(n.id, 10)) {
			return n, true
		}
	}
	return namespace{}, false
}

func (f *Forge) oneProject(r *http.Request) *answer {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return notFound("Project ")
	}
	raw, err := f.Raw(id)
	if err != nil {
		return notFound("Project ")
	}
	return jsonAnswer(http.StatusOK, string(raw))
}

func (f *Forge) oneGroup(r *http.Request) *answer {
	group, found := f.namespace(r.PathValue("id"), false)
	if !found {
		return notFound("Group ")
	}
	return jsonAnswer(http.StatusOK, string(appendNamespace(nil, f.namespaces, group)))
}

func (f *Forge) currentUser(*http.Request) *answer {
	return jsonAnswer(http.StatusOK, `{"id":9000001,"username":"zoe.mueller","name":"Zoë Müller","state":"active","bot":false}`)
}

// ownToken describes the token that a request shows. Like GitLab it has no
// such answer about OAuth tokens; which those are only the header tells here.
func (f *Forge) ownToken(r *http.Request) *answer {
	token, bearer := shownToken(r)
	switch {
	case token == "":
		return unauthorized()
	case bearer:
		return jsonAnswer(http.StatusBadRequest,
			`{"message":"400 Bad request - This endpoint requires token type to be a personal access token"}`)
	}
	return jsonAnswer(http.StatusOK, `{"id":42,"name":"holdfast","revoked":false,"created_at":"2026-06-01T08:00:00.000Z",`+
		`"description":"reads projects","scopes":["read_api"],"user_id":9000001,`+
		`"last_used_at":"2026-11-03T07:55:12.301Z","active":true,"expires_at":"2027-05-31"}`)
}

func (f *Forge) version(*http.Request) *answer {
	return jsonAnswer(http.StatusOK, `{"version":"18.5.1-ee","revision":"5a4d3e2c1b0"}`)
}
