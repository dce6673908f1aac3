package sampleforge

import "sort"

// view is a listing: the projects of some namespaces within a range of
// numbers, less those that are removed. Positions in it are found by
// arithmetic and one binary search, however many projects there are. It is
// valid while the forge's lock is held.
type view struct {
	// pattern holds the places of the dealing pattern that belong to the view,
	// ascending; member tells the same by place.
	pattern []int
	member  [places]bool
	// lo and hi bound the numbers; hi is exclusive.
	lo, hi int
	// removed holds the removed numbers of the view, ascending.
	removed []int
}

func everything(int) bool { return true }

// view returns the listing of the namespaces that are chosen by their index.
func (f *Forge) view(chosen func(namespace int) bool) view {
	v := view{hi: f.count}
	for place, n := range f.dealt {
		if chosen(n) && !f.down[n] {
			v.pattern = append(v.pattern, place)
			v.member[place] = true
		}
	}
	v.removed = f.removed
	return v.within(0, f.count)
}

// within narrows the view to a range of numbers.
func (v view) within(lo, hi int) view {
	v.lo, v.hi = max(v.lo, lo), min(v.hi, hi)
	v.hi = max(v.lo, v.hi)
	var removed []int
	for _, number := range v.removed {
		if v.member[number%places] && number >= v.lo && number < v.hi {
			removed = append(removed, number)
		}
	}
	v.removed = removed
	return v
}

// below counts the members with a number below one, removed or not.
func (v view) below(number int) int {
	return number/places*len(v.pattern) + sort.SearchInts(v.pattern, number%places)
}

// len returns the number of projects in the view.
func (v view) len() int { return v.below(v.hi) - v.below(v.lo) - len(v.removed) }

// at returns the number of the project at a position, which must be in the view.
func (v view) at(position int) int {
	first := v.below(v.lo)
	// The j-th removed one comes before the position if fewer than or exactly
	// position members that are not removed come before it.
	skipped := sort.Search(len(v.removed), func(j int) bool {
		return v.below(v.removed[j])-first-j > position
	})
	ordinal := first + position + skipped
	return ordinal/len(v.pattern)*places + v.pattern[ordinal%len(v.pattern)]
}

// slice returns the numbers of the projects from one position up to another.
func (v view) slice(from, to int) []int {
	to = min(to, v.len())
	numbers := make([]int, 0, max(0, to-from))
	for position := from; position < to; position++ {
		numbers = append(numbers, v.at(position))
	}
	return numbers
}
