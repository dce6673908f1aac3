package jira

import (
	"net/http"
	"strings"

	"holdfast/internal/source"
)

// explain says what an answer of Jira Cloud without success means; nil leaves
// it to the client.
func (c *cloud) explain(res *source.Response) *source.Error {
	switch res.Status {
	case http.StatusUnauthorized:
		if !c.known {
			return res.Refused(source.Configuration, "unauthorized",
				"answered 401: it shows nothing without credentials; put email and token into the source's options")
		}
		return res.Refused(source.Configuration, "unauthorized",
			"answered 401: the token is wrong, expired (it lives a year at most) or not of the account in email, or lacks the scopes "+
				"read:jira-work and read:jira-user; make a new one at https://id.atlassian.com/manage-profile/security/api-tokens. "+
				"One with scopes works only with https://api.atlassian.com/ex/jira/<cloud id> as url")
	case http.StatusForbidden:
		if res.Header.Get("Retry-After") != "" {
			return nil
		}
		return res.Refused(source.Configuration, "forbidden",
			"answered 403: the account has no access to Jira on this site, or the token lacks the scopes read:jira-work and read:jira-user")
	case http.StatusNotFound:
		return res.Refused(source.Configuration, "not_found",
			"answered 404: there is no Jira Cloud, or no project that the account may see; check url (https://<site>.atlassian.net), "+
				"and give the account the permission Browse projects. Jira Data Center is of kind: jira-dc")
	}
	return nil
}

// explain says what an answer of Jira Data Center without success means; nil
// leaves it to the client.
func (d *dataCenter) explain(res *source.Response) *source.Error {
	if strings.Contains(res.Header.Get("X-Authentication-Denied-Reason"), "CAPTCHA") {
		return res.Refused(source.Configuration, "captcha",
			"asks for a CAPTCHA after too many wrong passwords: sign in once with a browser as this user, then correct password, "+
				"or write a personal access token as token")
	}
	switch res.Status {
	case http.StatusUnauthorized:
		if !d.known {
			return res.Refused(source.Configuration, "unauthorized",
				"answered 401: it shows nothing without credentials; put a personal access token as token into the source's options")
		}
		return res.Refused(source.Configuration, "unauthorized",
			"answered 401: the credentials are wrong, or the token is expired or revoked; make a new one under Profile, "+
				"Personal Access Tokens (Jira 8.14 and later), and put it into the source's options")
	case http.StatusForbidden:
		if res.Header.Get("Retry-After") != "" {
			return nil
		}
		return res.Refused(source.Configuration, "forbidden",
			"answered 403: the user may not use Jira; give it the global permission Jira Users, and Browse Projects where it shall see projects")
	case http.StatusNotFound:
		return res.Refused(source.Configuration, "not_found",
			"answered 404: there is no Jira; check url, with the path that Jira is served below, e.g. https://example.com/jira. "+
				"Jira Cloud is of kind: jira")
	}
	return nil
}
