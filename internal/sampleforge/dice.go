package sampleforge

// dice is a stream of pseudo-random numbers that follows from the seed, the
// project's number and what the numbers are for (SplitMix64). math/rand/v2
// would do as well, at ten times the cost for a new stream per project.
type dice struct{ state uint64 }

// Salts keep the streams of one project apart.
const (
	saltID = iota + 1
	saltContents
)

func newDice(seed uint64, number int, salt uint64) dice {
	//nolint:gosec // numbers of projects are not negative
	d := dice{state: seed ^ uint64(number)*0x9e3779b97f4a7c15 ^ salt<<56}
	d.next()
	return d
}

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// roll returns a number from 0 to sides-1.
//
//nolint:gosec // neither the sides nor 31 bits overflow
func (d *dice) roll(sides int) int { return int(d.next() >> 33 % uint64(sides)) }

// pick returns one of the words.
func (d *dice) pick(words []string) string { return words[d.roll(len(words))] }
