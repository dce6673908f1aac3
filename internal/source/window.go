package source

// Window returns the page of a listing by page numbers that shows the element at
// a position, counted from 1, and as many after it as can be. Position 0 is
// before the first.
//
// A listing by numbers loses rows when earlier ones vanish: the later ones move
// forward, and the next page begins behind some that nobody has seen. A page
// that shows again what was read last proves that nothing lies between. Pages
// begin only at multiples of their size, so it is the size that varies, between
// most and half of it. On average a window of at most 100 shows 88 new elements,
// and one of at most 50 shows 41: the overlap costs one request in eight, or in
// six.
func Window(position, most int) (page, size int) {
	if position == 0 {
		return 1, most
	}
	best := 0
	for s := most; s >= most/2; s-- {
		p := (position-1)/s + 1
		if gain := p*s - position; gain > best {
			best, page, size = gain, p, s
		}
	}
	return page, size
}
