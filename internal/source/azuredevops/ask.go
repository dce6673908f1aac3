package azuredevops

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"holdfast/internal/source"
)

// scopes are what a token needs, in the words of Azure's page for making one.
const scopes = "the scopes Code (Read) and Project and Team (Read)"

// ask sends one request, after the pause that the service asked for.
func (a *azure) ask(ctx context.Context, path string, query url.Values) (*source.Response, error) {
	if err := a.pause.wait(ctx); err != nil {
		return nil, err
	}
	res, err := a.client.Do(ctx, source.Request{Ref: path, Query: query, Explain: a.explain})
	if e, ok := errors.AsType[*source.Error](err); ok && (e.Code == "sign_in_page" || e.Code == "redirected") {
		return nil, a.signIn(e)
	}
	if err != nil {
		return nil, err
	}
	if res.Header.Get("Retry-After") != "" {
		a.pause.extend(res.Limited().RetryAfter)
	}
	return res, nil
}

// signIn explains Azure's ways to refuse a token: 203 with a page for people,
// or a redirect to one.
func (a *azure) signIn(e *source.Error) *source.Error {
	message := "Azure DevOps answered with its sign-in page: the token is wrong, expired or revoked, " +
		"or url is not that of its organization; make a new one with " + scopes + ", and put it into the source's options"
	if a.options.Token.IsZero() {
		message = "Azure DevOps answered with its sign-in page: the organization shows nothing without a token; make one with " +
			scopes + ", and put it into the source's options"
	}
	return &source.Error{Kind: source.Configuration, Code: "sign_in_page", Message: message, Sample: e.Sample}
}

// explain says what an answer without success means; nil leaves it to the client.
func (a *azure) explain(res *source.Response) *source.Error {
	switch res.Status {
	case http.StatusUnauthorized:
		if a.options.Token.IsZero() {
			return res.Refused(source.Configuration, "unauthorized",
				"answered 401: it shows nothing without a token; put one with "+scopes+" into the source's options")
		}
		return res.Refused(source.Configuration, "unauthorized",
			"answered 401: the token is wrong, expired, of another organization, or lacks "+scopes+
				"; make a new one and put it into the source's options")
	case http.StatusForbidden:
		if res.Header.Get("Retry-After") != "" {
			return nil
		}
		return res.Refused(source.Configuration, "forbidden",
			"answered 403: the token lacks "+scopes+", or its owner may not see the project")
	case http.StatusNotFound:
		return res.Refused(source.Configuration, "not_found",
			"answered 404: there is no such organization, or the token's owner may not see it; check url "+
				"(https://dev.azure.com/<organization>, or https://<server>/<collection>)")
	}
	return nil
}
