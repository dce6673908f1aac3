package bitbucketdc_test

import (
	"testing"

	"holdfast/internal/killtest"
	"holdfast/internal/source/sourcetest"
)

func TestListedByAWorkerThatIsKilled(t *testing.T) {
	t.Parallel()
	f := newFake(t, killtest.IDs())
	f.authorization = "Bearer " + token
	server := sourcetest.NewServer(t, f)
	killtest.Run(t, killtest.Case{
		Kind: "bitbucket-dc", Options: "url: " + server.URL + "\ntoken: " + token + "\nper_page: 100\n", Truth: f.Truth(),
	})
}
