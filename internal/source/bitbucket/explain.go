package bitbucket

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// pause is how long to stay away after 429 without a Retry-After. The limit is
// one of any hour, so some requests come free with each minute.
const pause = time.Minute

// codeMissingScope marks the refusal of a token that is known but may not do
// what was asked.
const codeMissingScope = "missing_scope"

func isMissingScope(err error) bool {
	e, ok := errors.AsType[*source.Error](err)
	return ok && e.Code == codeMissingScope
}

// explain says what an answer without success means; nil leaves it to the client.
func (b *bitbucket) explain(res *source.Response) *source.Error {
	switch res.Status {
	case http.StatusUnauthorized:
		return b.unauthorized(res)
	case http.StatusForbidden:
		return lacking(res)
	case http.StatusNotFound:
		return res.Refused(source.Configuration, "not_found", "answered 404: there is no such workspace, or the token may not see it; "+
			"check workspaces (the id in the address https://bitbucket.org/id) and url, which is "+defaultURL+" or left out")
	case http.StatusGone:
		return gone(res)
	case http.StatusTooManyRequests:
		limited := res.Limited()
		if limited.RetryAfter == 0 {
			limited.RetryAfter = pause
		}
		return limited
	}
	return nil
}

func (b *bitbucket) unauthorized(res *source.Response) *source.Error {
	hint := "; an API token of an Atlassian account works only beside its email"
	if b.options.Email != "" {
		hint = ", or the email is not that of its account; an access token of a workspace goes without email"
	}
	return res.Refused(source.Configuration, "unauthorized",
		"answered 401: the token is wrong, expired or revoked"+hint)
}

// lacking names the scopes that a refusal asks for; nil is another refusal.
func lacking(res *source.Response) *source.Error {
	detail := gjson.GetBytes(res.Body, "error.detail")
	required := texts(detail.Get("required"))
	if len(required) == 0 {
		return nil
	}
	granted := texts(detail.Get("granted"))
	if len(granted) == 0 {
		granted = []string{"none"}
	}
	return res.Refused(source.Configuration, codeMissingScope, "answered 403: the token lacks the scope "+strings.Join(required, " or ")+
		" (it has: "+strings.Join(granted, ", ")+"); make a token with it and put it into the source's options")
}

// gone tells of a listing that Bitbucket has removed, as it did with those
// across workspaces.
func gone(res *source.Response) *source.Error {
	hint := "name what to list with workspaces, and look for a newer Holdfast"
	if reason := gjson.GetBytes(res.Body, "error.message"); reason.Str != "" {
		hint = reason.Str + "; " + hint
	}
	return res.Refused(source.Configuration, "gone", "answered 410: Bitbucket has removed this listing: "+hint)
}

// texts reads a list of texts, and leaves out what is none.
func texts(list gjson.Result) []string {
	found := []string{}
	list.ForEach(func(_, element gjson.Result) bool {
		if element.Type == gjson.String {
			found = append(found, element.Str)
		}
		return true
	})
	return found
}
