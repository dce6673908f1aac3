package gitlab

import (
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// explain says what an answer without success means; nil leaves it to the client.
func (g *gitlab) explain(res *source.Response) *source.Error {
	switch res.Status {
	case http.StatusUnauthorized:
		return g.unauthorized(res)
	case http.StatusForbidden:
		return lacking(res)
	case http.StatusNotFound:
		return res.Refused(source.Configuration, "not_found", "answered 404: "+g.options.missing())
	case http.StatusMethodNotAllowed:
		if g.options.offset() {
			return res.Refused(source.Configuration, "offset_limit",
				"answered 405: the listing is longer than GitLab lets anyone page through here (50,000 projects, if not set otherwise); "+
					"list the whole instance by leaving out group and user, or make sources of the subgroups")
		}
	}
	return nil
}

// unauthorized tells tokens that were good once from those that GitLab does not
// know: of the former alone it says what became of them.
func (g *gitlab) unauthorized(res *source.Response) *source.Error {
	if g.options.Token.IsZero() {
		return res.Refused(source.Configuration, "unauthorized",
			"answered 401: it lists nothing without a token; make one with the scope read_api and put it into the source's options")
	}
	is := "wrong, or of another GitLab"
	switch said := strings.ToLower(gjson.GetBytes(res.Body, "error_description").String()); {
	case strings.Contains(said, "expired"):
		is = "expired"
	case strings.Contains(said, "revoked"):
		is = "revoked"
	}
	return res.Refused(source.Configuration, "unauthorized",
		"answered 401: the token is "+is+"; make a new one with the scope read_api and put it into the source's options")
}

// lacking names the scope that a refusal asks for; nil is another refusal, or a
// limit of the rate. GitLab names all scopes that would do, and read_api is the
// least of those.
func lacking(res *source.Response) *source.Error {
	if gjson.GetBytes(res.Body, "error").String() != "insufficient_scope" {
		return nil
	}
	return res.Refused(source.Configuration, "missing_scope",
		"answered 403: the token lacks the scope read_api; make one with it and put it into the source's options")
}

// missing says what is not there.
func (o *options) missing() string {
	const (
		hidden  = ", or the token's user may not see it; check "
		nowhere = "there is no GitLab; check url, with the path that it is served below, e.g. https://example.com/gitlab"
	)
	switch {
	case o.Group != "":
		return "there is no such group" + hidden + "group, the path in its address (acme/tools) or its number; " +
			"a person is listed with user. Or else " + nowhere
	case o.User != "":
		return "there is no such user" + hidden + "user, the name or the number of a person; a group is listed with group. Or else " + nowhere
	}
	return nowhere
}
