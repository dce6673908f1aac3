package azuredevops_test

import (
	"testing"

	"holdfast/internal/killtest"
	"holdfast/internal/source/sourcetest"
)

func TestListedByAWorkerThatIsKilled(t *testing.T) {
	t.Parallel()
	var cases []killtest.Case
	for _, list := range []string{"projects", "repositories"} {
		f := newFake(t, list == "projects", killtest.IDs())
		server := sourcetest.NewServer(t, f)
		cases = append(cases, killtest.Case{
			Name: list, Kind: "azure-devops", Truth: f.Truth(),
			Options: "url: " + server.URL + "/acme\ntoken: " + token + "\nlist: " + list + "\n",
		})
	}
	killtest.Run(t, cases...)
}
