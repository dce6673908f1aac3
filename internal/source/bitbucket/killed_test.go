package bitbucket_test

import (
	"testing"

	"holdfast/internal/killtest"
	"holdfast/internal/source/sourcetest"
)

func TestListedByAWorkerThatIsKilled(t *testing.T) {
	t.Parallel()
	f := newFake(t, killtest.IDs())
	f.authorization, f.spaces = "Bearer "+token, []string{"acme", "beta", "gamma"}
	server := sourcetest.NewServer(t, f)
	killtest.Run(t, killtest.Case{
		Kind: "bitbucket", Options: "url: " + server.URL + "\ntoken: " + token + "\n", Truth: f.Truth(),
	})
}
