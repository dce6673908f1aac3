package redmine_test

import (
	"testing"

	"holdfast/internal/killtest"
	"holdfast/internal/source/sourcetest"
)

func TestListedByAWorkerThatIsKilled(t *testing.T) {
	t.Parallel()
	f := newFake(t, killtest.IDs())
	server := sourcetest.NewServer(t, f)
	killtest.Run(t, killtest.Case{
		Kind: "redmine", Options: "url: " + server.URL + "\napi_key: " + key + "\n", Truth: f.Truth(),
	})
}
