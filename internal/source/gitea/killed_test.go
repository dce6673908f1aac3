package gitea_test

import (
	"testing"

	"holdfast/internal/killtest"
	"holdfast/internal/source/sourcetest"
)

func TestListedByAWorkerThatIsKilled(t *testing.T) {
	t.Parallel()
	f := newFake(t, killtest.IDs())
	f.token = token
	server := sourcetest.NewServer(t, f)
	killtest.Run(t, killtest.Case{
		Kind: "gitea", Options: "url: " + server.URL + "\ntoken: " + token + "\npartitions: 2\n", Truth: f.Truth(),
	})
}
