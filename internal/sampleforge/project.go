package sampleforge

import (
	"strconv"
	"strings"
	"time"
)

// Project is one project as the forge lists it at this moment.
type Project struct {
	ID   int64
	Name string
	// Path is the last segment of FullPath.
	Path, FullPath string
	// Description is nil, empty or a text: GitLab has all three.
	Description *string
	// DefaultBranch is nil for an empty repository.
	DefaultBranch *string
	Visibility    string
	Topics        []string
	Archived      bool
	Stars, Forks  int
	OpenIssues    int
	CreatedAt     time.Time
	UpdatedAt     time.Time

	namespace int
}

// Change says what to change of a project; nil leaves as it is. A change of
// the path is a rename: the id stays.
type Change struct {
	Name        *string   `json:"name"`
	Path        *string   `json:"path"`
	Description *string   `json:"description"`
	Visibility  *string   `json:"visibility"`
	Topics      *[]string `json:"topics"`
	Archived    *bool     `json:"archived"`
	Stars       *int      `json:"stars"`
}

// Creation dates run evenly from the first to the last project of the start.
// Projects that are added later go on at the same pace.
const lifetime = 14 * 365 * 24 * time.Hour

func epoch() time.Time { return time.Date(2012, 2, 29, 8, 0, 0, 0, time.UTC) }

// project computes a project from its number and what was changed since.
func (f *Forge) project(number int) Project {
	d := newDice(f.seed, number, saltContents)
	p := Project{ID: f.id(number), namespace: f.dealt[number%places]}
	f.nameProject(&p, &d, number)
	p.Description = f.describe(&d, number)
	p.Visibility = visibility(d.roll(20))
	p.Archived = d.roll(12) == 0
	if d.roll(20) > 0 {
		p.DefaultBranch = new(d.pick(f.words.branches))
	}
	p.Topics = f.chooseTopics(&d)
	p.Stars = skewed(&d)
	p.Forks = skewed(&d) / 3
	p.OpenIssues = skewed(&d) / 2
	p.CreatedAt = epoch().Add(time.Duration(number)*f.pace + time.Duration(d.roll(1000))*time.Millisecond)
	p.UpdatedAt = p.CreatedAt.Add(time.Duration(d.roll(900*24*3600)) * time.Second)
	f.overlay[number].apply(&p, f.namespaces[p.namespace].fullPath)
	return p
}

// nameProject gives a name and a path. One path in eight no longer goes with
// the name, as after a rename of one of the two. The number makes a path unique.
func (f *Forge) nameProject(p *Project, d *dice, number int) {
	quality, thing := d.pick(f.words.qualities), d.pick(f.words.things)
	suffix := strconv.FormatInt(int64(number), 36)
	p.Name = strings.ToUpper(quality[:1]) + quality[1:] + " " + thing + " " + suffix
	p.Path = quality + "-" + thing + "-" + suffix
	switch d.roll(8) {
	case 0:
		p.Path = d.pick(f.words.things) + "." + d.pick(f.words.qualities) + "_" + suffix
	case 1:
		p.Name = d.pick(f.words.odd)
	}
	// The first ones show every oddity, however few projects there are.
	if number < len(f.words.odd) {
		p.Name = f.words.odd[number]
	}
	p.FullPath = f.namespaces[p.namespace].fullPath + "/" + p.Path
}

func (f *Forge) describe(d *dice, number int) *string {
	if number < len(f.words.oddDescriptions) {
		return new(f.words.oddDescriptions[number])
	}
	sentence := d.pick(f.words.sentences)
	switch kind := d.roll(100); {
	case kind < 10:
		return nil
	case kind < 18:
		return new("")
	case kind < 28:
		return new(d.pick(f.words.oddDescriptions))
	case kind < 30:
		return new(strings.Repeat(sentence+"\n\n", 10+d.roll(30)))
	case kind < 60:
		return new(sentence + " " + d.pick(f.words.sentences))
	default:
		return new(sentence)
	}
}

func (f *Forge) chooseTopics(d *dice) []string {
	first, count := d.roll(len(f.words.topics)), max(0, d.roll(8)-3)
	topics := make([]string, count)
	for i := range topics {
		topics[i] = f.words.topics[(first+i*3)%len(f.words.topics)]
	}
	return topics
}

func visibility(roll int) string {
	switch {
	case roll < 12:
		return "public"
	case roll < 16:
		return "internal"
	default:
		return "private"
	}
}

// skewed returns a count that is mostly small and now and then large.
func skewed(d *dice) int {
	if d.roll(30) == 0 {
		return d.roll(50_000)
	}
	return d.roll(1 + d.roll(20))
}

// change is what is remembered of a project that is not as it was made.
type change struct {
	Change

	// times counts the changes: each moves the dates of the project.
	times int
}

func (c *change) apply(p *Project, namespace string) {
	if c == nil {
		return
	}
	set(&p.Name, c.Name)
	set(&p.Path, c.Path)
	set(&p.Visibility, c.Visibility)
	set(&p.Topics, c.Topics)
	set(&p.Archived, c.Archived)
	set(&p.Stars, c.Stars)
	if c.Description != nil {
		p.Description = c.Description
	}
	p.FullPath = namespace + "/" + p.Path
	p.UpdatedAt = p.UpdatedAt.Add(time.Duration(c.times) * time.Hour)
}

// merge adds a later change.
func (c *change) merge(later Change) {
	c.times++
	override(&c.Name, later.Name)
	override(&c.Path, later.Path)
	override(&c.Description, later.Description)
	override(&c.Visibility, later.Visibility)
	override(&c.Topics, later.Topics)
	override(&c.Archived, later.Archived)
	override(&c.Stars, later.Stars)
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

func override[T any](field **T, value *T) {
	if value != nil {
		*field = value
	}
}
