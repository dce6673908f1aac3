package httpapi_test

import (
	"testing"

	"holdfast/internal/killtest"
	"holdfast/internal/source/sourcetest"
)

func TestListedByAWorkerThatIsKilled(t *testing.T) {
	t.Parallel()
	var cases []killtest.Case
	for _, name := range []string{"cursor in a GraphQL variable", "page from 1 with a total in a header"} {
		style := styles()[name]
		f := newFake(t, killtest.IDs(), style.serve)
		server := sourcetest.NewServer(t, f)
		cases = append(cases, killtest.Case{
			Name: name, Kind: "http", Options: "url: " + server.URL + "\n" + style.yaml + fields, Truth: f.Truth(),
		})
	}
	killtest.Run(t, cases...)
}
