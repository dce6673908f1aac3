// Package killtest lists ten thousand projects through the built worker, kills
// it three times on the way as the machine's end would, and then looks whether
// anything was lost or doubled. Each kind of source has one such test, with the
// fake service that its other tests have:
//
//	func TestListedByAWorkerThatIsKilled(t *testing.T) {
//		t.Parallel()
//		f := newFake(t, killtest.IDs())
//		server := sourcetest.NewServer(t, f)
//		killtest.Run(t, killtest.Case{Kind: "shelf", Options: "url: " + server.URL + "\n", Truth: f.Truth()})
//	}
//
// That each kill strikes in the middle of the listing is no matter of luck: a
// trigger in the test's own database holds the pages beyond a number back, each
// within its transaction, until the worker is dead (see listing.go). Pages that
// share a transaction pass it together. The kills therefore come after as many
// pages on a fast machine as on a slow one, but for a few, in whatever moment of
// fetching and writing the worker then is.
package killtest
