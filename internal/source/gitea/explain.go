package gitea

import (
	"errors"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// codeMissingScope marks the refusal of a token that is known but may not do
// what was asked.
const codeMissingScope = "missing_scope"

func isMissingScope(err error) bool {
	e, ok := errors.AsType[*source.Error](err)
	return ok && e.Code == codeMissingScope
}

// explain says what an answer without success means; nil leaves it to the client.
func (g *gitea) explain(res *source.Response) *source.Error {
	anonymous := g.options.Token.IsZero()
	switch {
	case res.Status == http.StatusUnauthorized && !anonymous:
		return res.Refused(source.Configuration, "unauthorized",
			"answered 401: the token is wrong, expired or deleted; make a new one (Settings, Applications) and put it into the source's options")
	case (res.Status == http.StatusUnauthorized || res.Status == http.StatusForbidden) && anonymous:
		return res.Refused(source.Configuration, "unauthorized",
			"lists nothing without a token: make one (Settings, Applications) and put it into the source's options")
	case res.Status == http.StatusForbidden:
		return lacking(res)
	case res.Status == http.StatusNotFound:
		return g.notFound(res)
	}
	return nil
}

// lacking names the scope that a refusal asks for; nil is another refusal.
// Gitea writes "…required scope(s), required=[read:user], token scope=…",
// Forgejo and older ones "…required scope(s): [read:user]".
func lacking(res *source.Response) *source.Error {
	message := gjson.GetBytes(res.Body, "message").String()
	_, after, found := strings.Cut(message, "required scope")
	if !found {
		return nil
	}
	scope := "that it asks for"
	if _, list, ok := strings.Cut(after, "["); ok {
		list, _, _ = strings.Cut(list, "]")
		scope = strings.Join(strings.Fields(strings.ReplaceAll(list, ",", " ")), " or ")
	}
	return res.Refused(source.Configuration, codeMissingScope, "answered 403: the token lacks the scope "+scope+
		"; make a token with it (Settings, Applications) and put it into the source's options")
}

func (g *gitea) notFound(res *source.Response) *source.Error {
	hint := "it is no Gitea or Forgejo: check url, which is the address of the site's front page"
	switch {
	case g.options.Org != "":
		hint = "there is no such organization, or the token may not see it (a person is listed with user); or else " + hint
	case g.options.User != "":
		hint = "there is no such user, or the token may not see it (an organization is listed with org); or else " + hint
	}
	return res.Refused(source.Configuration, "not_found", "answered 404: "+hint)
}
