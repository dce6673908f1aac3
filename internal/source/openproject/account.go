package openproject

import (
	"context"
	"fmt"
	"net/http"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// account is whom the token belongs to.
type account struct {
	name  string
	admin bool
}

// account asks who the token belongs to, the one question that is refused to
// whoever is not known. Without a token there is nobody to ask for.
func (o *openproject) account(ctx context.Context) (account, error) {
	if o.options.Token.IsZero() {
		return account{}, nil
	}
	res, err := o.object(ctx, "/api/v3/users/me")
	if err != nil {
		return account{}, err
	}
	me := gjson.GetManyBytes(res.Body, "_type", "id", "name", "login", "admin")
	if me[0].Str != "User" || me[1].Type != gjson.Number {
		return account{}, res.Invalid("not_an_account", "it does not say who the token belongs to")
	}
	name := me[2].Str
	if login := me[3].Str; login != "" && login != name {
		name += " (" + login + ")"
	}
	return account{name: name, admin: me[4].Bool()}, nil
}

// service names what answers, with its version where the account may see it.
func (o *openproject) service(ctx context.Context) (string, error) {
	res, err := o.object(ctx, "/api/v3")
	if err != nil {
		return "", err
	}
	if version := gjson.GetBytes(res.Body, "coreVersion").Str; version != "" {
		return "OpenProject " + version, nil
	}
	return "OpenProject", nil
}

// object asks for something that is one object.
func (o *openproject) object(ctx context.Context, ref string) (*source.Response, error) {
	res, err := o.client.Do(ctx, source.Request{Ref: ref, Explain: o.explain})
	if err != nil {
		return nil, err
	}
	if err := source.CheckJSON(res.Body); err != nil {
		return nil, res.Invalid("not_an_object", err.Error())
	}
	return res, nil
}

// explain says what an answer without success means; nil leaves it to the client.
func (o *openproject) explain(res *source.Response) *source.Error {
	switch res.Status {
	case http.StatusUnauthorized:
		if o.options.Token.IsZero() {
			return res.Refused(source.Configuration, "unauthorized",
				"answered 401: it lists nothing without a token; put one into the source's options")
		}
		return res.Refused(source.Configuration, "unauthorized",
			"answered 401: the token is wrong, expired or revoked, or the server takes none of its type "+
				"(Administration, API and webhooks, and the setting apiv3_enable_basic_auth); make a new API token under "+
				"My account, Access tokens. An OAuth token needs token_type: bearer and the scope api_v3")
	case http.StatusBadRequest:
		// An older server may not know a filter: only its own words say so.
		if said := gjson.GetBytes(res.Body, "message").String(); said != "" {
			return res.Refused(source.Configuration, "bad_request", fmt.Sprintf("refuses the request: %.200s", said))
		}
	case http.StatusForbidden:
		if res.Header.Get("Retry-After") != "" {
			return nil
		}
		return res.Refused(source.Configuration, "forbidden",
			"answered 403: the token may not read this; an OAuth token needs the scope api_v3")
	case http.StatusNotFound:
		return res.Refused(source.Configuration, "not_found",
			"answered 404: there is no OpenProject; check url, with the path that it is served below, e.g. https://example.com/openproject")
	}
	return nil
}
