package schedule

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// sources begins the names of the faults of sources.
const sources = "source_"

// OfSources reports whether the fault is one of a source.
func (k Kind) OfSources() bool { return strings.HasPrefix(string(k), sources) }

// Each returns one strike of each kind, in their order: when is the caller's
// say. How long it lasts and its dice depend on the seed and the kind's place
// among all, so that one kind alone is struck as it is among the others.
func Each(seed uint64, kinds []Kind) []Strike {
	strikes := make([]Strike, len(kinds))
	for i, kind := range kinds {
		dice := rand.New(rand.NewPCG(seed, uint64(slices.Index(Kinds(), kind)))) //nolint:gosec // a draw that can be repeated
		cards := deck()
		dealt := cards[slices.IndexFunc(cards, func(c card) bool { return c.kind == kind })]
		strikes[i] = Strike{Kind: kind, Lasts: dealt.lasts(dice), Dice: dice.Uint64()}
	}
	return strikes
}
