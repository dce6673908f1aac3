package source

import (
	"context"
	"iter"
)

// Next reads the pages of one partition, one after the other.
type Next func(ctx context.Context) (Page, error)

// Pages yields what a listing reads, up to its last page or its first error, for
// [Source.List]. The function opens the listing anew each time that the sequence
// is read.
func Pages(ctx context.Context, open func() (Next, error)) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		next, err := open()
		for err == nil {
			var page Page
			page, err = next(ctx)
			if err == nil && (!yield(page, nil) || page.Last) {
				return
			}
		}
		yield(Page{}, err)
	}
}
