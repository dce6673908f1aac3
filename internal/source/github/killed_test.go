package github_test

import (
	"testing"

	"holdfast/internal/killtest"
	"holdfast/internal/source/sourcetest"
)

func TestListedByAWorkerThatIsKilled(t *testing.T) {
	t.Parallel()
	f := newFake(t, killtest.IDs())
	f.token, f.split = token, true
	server := sourcetest.NewServer(t, f)
	killtest.Run(t, killtest.Case{
		Kind: "github", Options: "url: " + server.URL + "\ntoken: " + token + "\norgs: [acme, beta]\n", Truth: f.Truth(),
	})
}
