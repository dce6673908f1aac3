package redmine

import (
	"context"
	"net/http"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// account is whom the key belongs to.
type account struct {
	login string
	admin bool
}

// account asks who the key belongs to, the only question by which Redmine tells
// that it does not know it. Without a key there is nobody to ask for.
func (r *redmine) account(ctx context.Context) (account, error) {
	if r.options.APIKey.IsZero() {
		return account{}, nil
	}
	res, err := r.client.Do(ctx, source.Request{Ref: "/users/current.json", Explain: r.explain})
	if err != nil {
		return account{}, err
	}
	if err := source.CheckJSON(res.Body); err != nil {
		return account{}, res.Invalid("not_an_object", err.Error())
	}
	login := gjson.GetBytes(res.Body, "user.login")
	if login.Type != gjson.String || login.Str == "" {
		return account{}, res.Invalid("not_an_account", "it does not say who the key belongs to (user.login)")
	}
	return account{login: login.Str, admin: gjson.GetBytes(res.Body, "user.admin").Bool()}, nil
}

// explain says what an answer without success means; nil leaves it to the client.
func (r *redmine) explain(res *source.Response) *source.Error {
	switch res.Status {
	case http.StatusUnauthorized:
		if r.options.APIKey.IsZero() {
			return res.Refused(source.Configuration, "unauthorized",
				"answered 401: it lists nothing without a key; put an api_key into the source's options")
		}
		return res.Refused(source.Configuration, "unauthorized",
			"answered 401: the api_key is wrong, was reset, or its account is locked; "+
				"copy the API access key from the page My account and put it into the source's options")
	case http.StatusForbidden:
		// A refusal of any other kind has a body that says so.
		if len(res.Body) > 0 {
			return nil
		}
		return res.Refused(source.Configuration, "rest_disabled",
			"answered 403: its REST web service is switched off; "+
				"an administrator switches it on under Administration, Settings, API, Enable REST web service")
	case http.StatusNotFound:
		return res.Refused(source.Configuration, "not_found",
			"answered 404: there is no Redmine; check url, with the path that it is served below, e.g. https://example.com/redmine")
	}
	return nil
}
