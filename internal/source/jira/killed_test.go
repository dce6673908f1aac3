package jira_test

import (
	"testing"

	"holdfast/internal/killtest"
	"holdfast/internal/source/sourcetest"
)

func TestListedByAWorkerThatIsKilled(t *testing.T) {
	t.Parallel()
	cloud, dataCenter := newFake(t, killtest.IDs()), newFake(t, killtest.IDs())
	cloud.authorization, dataCenter.authorization = cloudAuth, dataCenterAuth
	killtest.Run(t, killtest.Case{
		Kind: "jira", Truth: cloud.Truth(),
		Options: "url: " + sourcetest.NewServer(t, cloud).URL + "\nemail: ann@example.com\ntoken: " + token + "\nper_page: 100\n",
	}, killtest.Case{
		Kind: "jira-dc", Truth: dataCenter.Truth(),
		Options: "url: " + sourcetest.NewServer(t, dataCenter).URL + "\ntoken: " + token + "\n",
	})
}
