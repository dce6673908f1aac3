package gitea

// window returns the page that shows the element at a position, counted from
// 1, and as many after it as can be; position 0 is before the first. Pages
// begin only at multiples of their size, so it is the size that varies,
// between most and half of it. On average a window of at most 50 shows 41 new
// elements: the overlap costs one request in six.
func window(position, most int) (page, size int) {
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
