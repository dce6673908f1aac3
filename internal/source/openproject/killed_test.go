package openproject_test

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
		Kind: "openproject", Options: "url: " + server.URL + "\ntoken: " + token + "\nper_page: 100\n", Truth: f.Truth(),
	})
}
