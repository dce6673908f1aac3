package sampleforge

import "strings"

// namespace is a group or a user's own place. Groups nest by their paths.
type namespace struct {
	id       int64
	name     string
	fullPath string
	// user tells that this is a user's namespace; id is the user's id then.
	user bool
	// share is the number of places among each run of [places] projects.
	share int
}

// places is the length of the pattern in which projects are dealt to the
// namespaces. A pattern, unlike chance, lets the n-th project of a group be
// found without counting.
const places = 64

// namespaces returns the groups and users; their shares add up to [places].
//
//nolint:gosmopolitan // what these names are for is to be of every script
func namespaces() []namespace {
	return []namespace{
		{id: 101, name: "Acme", fullPath: "acme", share: 6},
		{id: 102, name: "Platform", fullPath: "acme/platform", share: 8},
		{id: 105, name: "Build tools & CI", fullPath: "acme/platform/tools", share: 5},
		{id: 106, name: "Experiments 🧪", fullPath: "acme/platform/tools/experiments", share: 1},
		{id: 119, name: "Web", fullPath: "acme/web", share: 7},
		{id: 204, name: "Données ouvertes", fullPath: "opendata", share: 6},
		{id: 205, name: "Jeux de données", fullPath: "opendata/datasets", share: 5},
		{id: 207, name: "Straßen & Brücken", fullPath: "opendata/datasets/strassen", share: 2},
		{id: 311, name: "数据平台", fullPath: "data-platform", share: 5},
		{id: 312, name: "機械学習", fullPath: "data-platform/ml", share: 4},
		{id: 420, name: "أدوات البحث", fullPath: "research", share: 4},
		{id: 421, name: "מעבדה", fullPath: "research/lab", share: 2},
		{id: 530, name: "Legacy \"do not touch\"", fullPath: "legacy", share: 3},
		{id: 9_000_001, name: "Zoë Müller", fullPath: "zoe.mueller", user: true, share: 3},
		{id: 9_000_017, name: "अनन्या राव", fullPath: "ananya-rao", user: true, share: 2},
		{id: 9_000_042, name: "Sam O'Neil 🦊", fullPath: "sam_oneil", user: true, share: 1},
	}
}

// path returns the last segment of the full path.
func (n namespace) path() string { return n.fullPath[strings.LastIndexByte(n.fullPath, '/')+1:] }

// kind returns GitLab's word for what the namespace is.
func (n namespace) kind() string {
	if n.user {
		return "user"
	}
	return "group"
}

// within reports whether the namespace is another one or lies below it.
func (n namespace) within(other namespace) bool {
	return n.fullPath == other.fullPath || strings.HasPrefix(n.fullPath, other.fullPath+"/")
}

// parent returns the id of the group around a group, or 0.
func parent(all []namespace, of namespace) int64 {
	path := strings.TrimSuffix(of.fullPath, "/"+of.path())
	for _, candidate := range all {
		if candidate.fullPath == path && candidate.id != of.id {
			return candidate.id
		}
	}
	return 0
}

// deal returns for each place of the pattern the index of its namespace. The
// step is coprime to the length, so that neighbours belong to different ones.
func deal(all []namespace) [places]int {
	const step = 37
	var dealt [places]int
	place := 0
	for index, n := range all {
		for range n.share {
			dealt[place*step%places] = index
			place++
		}
	}
	return dealt
}
