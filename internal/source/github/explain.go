package github

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

const (
	// minPause is the least that GitHub asks for after a secondary limit that
	// does not say how long it lasts; it doubles up to maxPause.
	minPause = time.Minute
	maxPause = 16 * time.Minute
)

// limits counts the secondary limits met since the last answer. Each worker
// counts its own.
type limits struct {
	mu  sync.Mutex
	met int
	// until is when the last of them is over.
	until time.Time
}

// pause is how long to stay away after one more of them. Requests that were
// under way when it was met are refused as well, and count as one.
func (l *limits) pause() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if left := time.Until(l.until); left > 0 {
		return left
	}
	pause := min(minPause<<min(l.met, 8), maxPause)
	l.met++
	l.until = time.Now().Add(pause)
	return pause
}

// answered begins the count anew, unless the answer was under way when the
// limit was met.
func (l *limits) answered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Now().After(l.until) {
		l.met = 0
	}
}

// explain says what an answer without success means; nil leaves it to the client.
func (g *github) explain(res *source.Response) *source.Error {
	switch res.Status {
	case http.StatusUnauthorized:
		return g.unauthorized(res)
	case http.StatusForbidden, http.StatusTooManyRequests:
		if limited := g.limited(res); limited != nil {
			return limited
		}
		return forbidden(res)
	case http.StatusNotFound:
		return g.notFound(res)
	}
	return nil
}

// limited tells GitHub's two kinds of rate limit from each other, and from a
// plain refusal; nil is such a one.
func (g *github) limited(res *source.Response) *source.Error {
	limit := res.Limited()
	switch {
	case res.Header.Get("X-Ratelimit-Remaining") == "0":
		hint := ""
		if g.options.Token.IsZero() && !g.options.app() {
			hint = ": without a token it allows 60 an hour, so put one into the source's options"
		}
		e := res.Refused(source.RateLimit, "rate_limited", "has no requests left for this hour"+hint)
		e.RetryAfter = cmp.Or(limit.RetryAfter, minPause)
		return e
	case res.Header.Get("Retry-After") != "":
	case res.Status == http.StatusTooManyRequests || isSecondary(res.Body):
		// The headers tell when the primary limit's hour ends, which is not
		// what was met here.
		limit.RetryAfter = g.limits.pause()
	default:
		return nil
	}
	e := res.Refused(source.RateLimit, "secondary_rate_limit", "protects itself from too many requests in a short time "+
		"(GitHub's secondary rate limit); set requests_per_second if this happens often")
	e.RetryAfter = limit.RetryAfter
	return e
}

// isSecondary reads the one place where GitHub tells a secondary limit from a
// refusal when there is no header: its text, and the page that it points to.
func isSecondary(body []byte) bool {
	for _, member := range []string{"message", "documentation_url"} {
		text := strings.ToLower(strings.ReplaceAll(gjson.GetBytes(body, member).String(), "-", " "))
		for _, mark := range []string{"secondary rate limit", "abuse detection", "abuse rate limit"} {
			if strings.Contains(text, mark) {
				return true
			}
		}
	}
	return false
}

// forbidden names what the token lacks.
func forbidden(res *source.Response) *source.Error {
	const question = "answered 403: "
	accepted, given := words(res.Header.Get("X-Accepted-Oauth-Scopes")), scopes(res.Header)
	lacking := !slices.ContainsFunc(accepted, func(scope string) bool { return slices.Contains(given, scope) })
	switch {
	case strings.HasPrefix(res.Header.Get("X-Github-Sso"), "required"):
		return res.Refused(source.Configuration, "sso_required", question+
			"the organization requires single sign-on, for which the token is not authorized: "+
			"authorize it (Configure SSO, in the list of your tokens on GitHub)")
	case res.Header.Get("X-Accepted-Github-Permissions") != "":
		return res.Refused(source.Configuration, "missing_permission", question+
			"the token may not read this: give it the permission "+res.Header.Get("X-Accepted-Github-Permissions"))
	case len(accepted) > 0 && lacking:
		return res.Refused(source.Configuration, "missing_scope", question+
			"the token lacks the scope "+strings.Join(accepted, " or ")+" (it has: "+orNone(given)+")")
	}
	return nil
}

func (g *github) unauthorized(res *source.Response) *source.Error {
	switch {
	case g.options.app():
		return nil
	case g.options.Token.IsZero():
		return res.Refused(source.Configuration, "unauthorized",
			"answered 401: it lists nothing without a token; put one into the source's options")
	}
	return res.Refused(source.Configuration, "unauthorized",
		"answered 401: the token is wrong, expired or revoked; make a new one and put it into the source's options")
}

func (g *github) notFound(res *source.Response) *source.Error {
	hint := "check url: GitHub.com's is https://api.github.com, that of GitHub Enterprise Server ends in /api/v3"
	switch {
	case len(g.options.Orgs) > 0:
		hint = "there is no such organization, or the token may not see it; the account of a person is listed with user; and " + hint
	case g.options.User != "":
		hint = "there is no such user; and " + hint
	}
	return res.Refused(source.Configuration, "not_found", "answered 404: "+hint)
}

// explainApp says what a refusal of the App itself means.
func explainApp(res *source.Response) *source.Error {
	switch res.Status {
	case http.StatusUnauthorized:
		return res.Refused(source.Configuration, "unauthorized", "answered 401: it does not believe the GitHub App; "+
			"check app_id, that private_key is one of this App's keys, and that the worker's clock is right")
	case http.StatusNotFound:
		return res.Refused(source.Configuration, "not_found", "answered 404: the App has no such installation; "+
			"check installation_id, and that the App has not been uninstalled")
	}
	return nil
}
