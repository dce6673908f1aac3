package workload

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"holdfast/internal/sampleforge"
)

// Mutator changes what a forge lists.
type Mutator struct {
	forge *sampleforge.Forge
	dice  *rand.Rand
	most  int
	// removed are projects that are not listed at the moment.
	removed []int64
	deeds   []func() (string, error)
	changed map[string]int
}

// NewMutator returns what changes the n-th forge.
func NewMutator(forge *sampleforge.Forge, seed, n uint64) *Mutator {
	return &Mutator{
		forge: forge, dice: rand.New(rand.NewPCG(seed, n)), most: 2 * forge.Len(), //nolint:gosec // to be repeated
		changed: map[string]int{},
	}
}

// Live changes one thing after the other until the context ends, and returns
// how often it did what. Like faults, changes are dealt from a deck, so that
// each kind comes up.
func (m *Mutator) Live(ctx context.Context) (map[string]int, error) {
	for {
		if len(m.deeds) == 0 {
			m.deeds = m.deck()
		}
		deed := m.deeds[0]
		m.deeds = m.deeds[1:]
		what, err := deed()
		if err != nil {
			return m.changed, fmt.Errorf("%s: %w", what, err)
		}
		m.changed[what]++
		select {
		case <-time.After(time.Duration(100+m.dice.IntN(500)) * time.Millisecond):
		case <-ctx.Done():
			return m.changed, nil
		}
	}
}

func (m *Mutator) deck() []func() (string, error) {
	deeds := []func() (string, error){
		m.create, m.rename, m.rename, m.update, m.update, m.update, m.remove, m.remove, m.restore, m.removeMany, m.restoreAll,
	}
	m.dice.Shuffle(len(deeds), func(i, j int) { deeds[i], deeds[j] = deeds[j], deeds[i] })
	return deeds
}

// some draws projects that are listed.
func (m *Mutator) some(count int) []int64 {
	var ids []int64
	for p := range m.forge.Projects() {
		ids = append(ids, p.ID)
	}
	m.dice.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return ids[:min(count, len(ids))]
}

func (m *Mutator) create() (string, error) {
	if m.forge.Len() < m.most {
		m.forge.Add(1 + m.dice.IntN(5))
	}
	return "create", nil
}

func (m *Mutator) rename() (string, error) {
	path := fmt.Sprintf("renamed-%d", m.dice.IntN(1_000_000))
	return "rename", m.update1(sampleforge.Change{Path: &path})
}

func (m *Mutator) update() (string, error) {
	return "update", m.update1(sampleforge.Change{
		Stars: new(m.dice.IntN(100_000)), Description: new(fmt.Sprintf("changed %d\n„Ärger“ 🐙", m.dice.IntN(1000))),
	})
}

func (m *Mutator) update1(c sampleforge.Change) error {
	for _, id := range m.some(1) {
		return m.forge.Update(id, c)
	}
	return nil
}

func (m *Mutator) remove() (string, error) { return "remove", m.removeSome(1 + m.dice.IntN(3)) }

// removeMany removes so many that their deletion is held, if they stay away for
// long enough.
func (m *Mutator) removeMany() (string, error) {
	return "remove_many", m.removeSome(m.forge.Len() / 7)
}

func (m *Mutator) removeSome(count int) error {
	for _, id := range m.some(count) {
		if err := m.forge.Remove(id); err != nil {
			return err
		}
		m.removed = append(m.removed, id)
	}
	return nil
}

func (m *Mutator) restore() (string, error) { return "restore", m.restoreSome(1) }

func (m *Mutator) restoreAll() (string, error) { return "restore_all", m.restoreSome(len(m.removed)) }

func (m *Mutator) restoreSome(count int) error {
	for range min(count, len(m.removed)) {
		if err := m.forge.Restore(m.removed[0]); err != nil {
			return err
		}
		m.removed = m.removed[1:]
	}
	return nil
}
