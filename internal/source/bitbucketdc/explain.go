package bitbucketdc

import (
	"net/http"

	"holdfast/internal/source"
)

// explain says what an answer without success means; nil leaves it to the
// client. Bitbucket answers 401 both to credentials that are wrong and to
// those that may not read.
func (b *bitbucket) explain(res *source.Response) *source.Error {
	switch {
	case (res.Status == http.StatusUnauthorized || res.Status == http.StatusForbidden) && b.options.anonymous():
		return res.Refused(source.Configuration, "unauthorized",
			"lists nothing without credentials: make an HTTP access token (Manage account, HTTP access tokens) and put it into the source's options")
	case res.Status == http.StatusUnauthorized:
		return res.Refused(source.Configuration, "unauthorized", "answered 401: "+
			"the credentials are wrong or expired, or their account may not read this; "+
			"make an HTTP access token with the permission Repository read, and put it into the source's options")
	case res.Status == http.StatusForbidden:
		return res.Refused(source.Configuration, "forbidden", "answered 403: the account may not read this, or has to answer a CAPTCHA "+
			"after wrong passwords; give it the permission Repository read, or sign in once with a browser")
	case res.Status == http.StatusNotFound && len(b.options.Projects) > 0:
		return res.Refused(source.Configuration, "not_found", "answered 404: there is no such project, or the account may not see it; "+
			"check projects (the key in /projects/KEY), and url")
	case res.Status == http.StatusNotFound:
		return res.Refused(source.Configuration, "not_found", "answered 404: it is no Bitbucket Data Center: check url, "+
			"with the path if it is served below one; for bitbucket.org write kind: bitbucket")
	}
	return nil
}
