// Package schedule draws what happens to a system in a run of the chaos suite:
// which fault, when, for how long, and the dice for its details. The draw
// depends on the seed and the length alone, so that a run can be repeated.
//
// Faults are dealt like cards: a deck holds every kind once or twice, is
// shuffled, dealt to its end, and shuffled anew. So each kind comes up in a
// short run too, and none is forgotten for long in a long one.
package schedule

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Strike is one fault at one moment.
type Strike struct {
	// At is counted from the start of the run.
	At   time.Duration
	Kind Kind
	// Lasts is how long the fault holds; 0 for those of a moment.
	Lasts time.Duration
	// Dice decides the rest: whom it hits, and how hard.
	Dice uint64
}

// The pace of a run.
const (
	// meanGap is the time between two strikes of a run that is long enough.
	meanGap = 1500 * time.Millisecond
	// firstDeck is the share of a run in which every kind comes up once.
	firstDeck = 0.8
	// lastStrike is the share after which nothing new begins.
	lastStrike = 0.9
)

// Draw returns the strikes of a run in the order of their moments.
func Draw(seed uint64, length time.Duration) []Strike {
	dice := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a draw that can be repeated
	gap := min(meanGap, time.Duration(firstDeck*float64(length))/time.Duration(len(deck())))
	var strikes []Strike
	for at := gap / 2; ; {
		for _, c := range shuffled(dice) {
			enough := len(strikes) >= len(deck())
			if enough && at > time.Duration(lastStrike*float64(length)) {
				return strikes
			}
			strikes = append(strikes, Strike{
				At: at, Kind: c.kind, Lasts: c.lasts(dice), Dice: dice.Uint64(),
			})
			at += gap/2 + time.Duration(dice.Int64N(int64(gap)))
		}
	}
}

// Without leaves faults out and everything else where it is.
func Without(strikes []Strike, kinds ...Kind) []Strike {
	return slices.DeleteFunc(strikes, func(s Strike) bool { return slices.Contains(kinds, s.Kind) })
}

func shuffled(dice *rand.Rand) []card {
	cards := deck()
	dice.Shuffle(len(cards), func(i, j int) { cards[i], cards[j] = cards[j], cards[i] })
	return cards
}

// card is a kind with the bounds of how long it lasts.
type card struct {
	kind           Kind
	least, longest time.Duration
}

func (c card) lasts(dice *rand.Rand) time.Duration {
	if c.longest == 0 {
		return 0
	}
	return c.least + time.Duration(dice.Int64N(int64(c.longest-c.least)+1)).Round(time.Millisecond)
}
