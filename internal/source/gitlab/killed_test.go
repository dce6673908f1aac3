package gitlab_test

import (
	"net/http/httptest"
	"strconv"
	"testing"

	"holdfast/internal/killtest"
	"holdfast/internal/sampleforge"
)

func TestListedByAWorkerThatIsKilled(t *testing.T) {
	t.Parallel()
	forge := sampleforge.New(sampleforge.Options{Projects: 10_000, Seed: 11, Token: token})
	server := httptest.NewServer(forge)
	t.Cleanup(server.Close)
	truth := map[string][]byte{}
	for p := range forge.Projects() {
		raw, err := forge.Raw(p.ID)
		if err != nil {
			t.Fatal(err)
		}
		truth[strconv.FormatInt(p.ID, 10)] = raw
	}
	killtest.Run(t, killtest.Case{
		Kind: "gitlab", Options: "url: " + server.URL + "\ntoken: " + token + "\npartitions: 3\n", Truth: truth,
	})
}
