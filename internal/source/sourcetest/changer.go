package sourcetest

import (
	"slices"
	"strconv"
)

// changer changes a service between two pages.
type changer struct {
	service *Service
	// left are the ids that were there from the beginning and still are.
	left []string
	// nextLow and nextHigh are ids before and after all that are listed.
	nextLow, nextHigh int64
}

// once removes records already read, adds records before and after all others,
// and updates one that is yet to come.
func (c *changer) once(l *listing, removed, added int) {
	for range removed {
		seen := slices.IndexFunc(c.left, func(id string) bool { return len(l.raw[id]) > 0 })
		if seen >= 0 {
			c.service.Remove(c.left[seen])
			c.left = slices.Delete(c.left, seen, seen+1)
		}
	}
	// Records added behind the place being read may go on for ever; these few
	// do not.
	if c.nextLow < 100 {
		for range added {
			c.service.Add(strconv.FormatInt(c.nextLow, 10))
			c.service.Add(strconv.FormatInt(c.nextHigh, 10))
			c.nextLow++
			c.nextHigh++
		}
	}
	if i := slices.IndexFunc(c.left, func(id string) bool { return len(l.raw[id]) == 0 }); i >= 0 {
		c.service.Update(c.left[i])
	}
}
