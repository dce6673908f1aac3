// Package sourcetest is the conformance suite that every source must pass. A
// kind's test describes one way to set the kind up as a [Case] and calls [Run]:
//
//	func TestConformance(t *testing.T) {
//		t.Parallel()
//		sourcetest.Run(t, sourcetest.Case{Start: func(t *testing.T, ids []string) *sourcetest.Service {
//			fake := newFake(ids)
//			server := sourcetest.NewServer(t, fake)
//			return &sourcetest.Service{
//				New:    func(t *testing.T) source.Source { … a new source that asks server.URL … },
//				Truth:  fake.truth,
//				Break:  server.Break,
//				Remove: fake.remove,
//			}
//		}})
//	}
//
// What the suite holds a source to are the duties in the comment of package
// source: a stable order, cursors that outlive the process, and no listing that
// looks complete and is not. Hooks that a kind has no use for stay nil; the
// checks that need them are then skipped and say so.
//
// What fakes and their tests have in common is here too: [Records] is what a fake
// holds, [Server] makes it misbehave, [Contract] holds it against the vendor's own
// description, and [Open] makes a source from options as people write them.
//
// Whether breaking out of a listing leaks goroutines shows only when all tests
// of a package have ended: its TestMain must be goleak.VerifyTestMain.
package sourcetest
