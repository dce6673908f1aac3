package file

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/tidwall/gjson"

	"holdfast/internal/project"
)

// Normalize reads the columns of a record. A column that the configuration maps
// must be readable; one that was only found by its usual name is left null where
// it is not, because the name may mean something else in this file.
//
// In CSV an empty field is null: the format cannot tell the two apart.
func (s *fileSource) Normalize(raw []byte) (project.Project, error) {
	id, err := s.idOf(raw)
	if err != nil {
		return project.Project{}, err
	}
	p := project.Project{ExternalID: id}
	m := readMembers(raw)
	for _, column := range s.columns {
		if err := s.fill(&p, column, m); err != nil {
			return project.Project{}, err
		}
	}
	s.fillNames(&p)
	return p, nil
}

// fill reads one column.
func (s *fileSource) fill(p *project.Project, column column, m members) error {
	if name, mapped := s.fields[column.name]; mapped {
		value := gjson.Get(m.raw, s.fieldPaths[column.name])
		if !s.stated(value) {
			return nil
		}
		if err := column.read(p, value); err != nil {
			return fmt.Errorf("%s (%q) %w", column.name, name, err)
		}
		return nil
	}
	for _, name := range column.automatic {
		if value := m.lookup(name); s.stated(value) && column.read(p, value) == nil {
			return nil
		}
	}
	return nil
}

// stated tells a value from its absence.
func (s *fileSource) stated(value gjson.Result) bool {
	return value.Type != gjson.Null && (s.format != formatCSV || value.Str != "")
}

// fillNames gives a name and a path to what has none: every project has both.
func (s *fileSource) fillNames(p *project.Project) {
	if p.Name == "" && p.FullPath != "" {
		p.Name = p.FullPath[strings.LastIndexByte(p.FullPath, '/')+1:]
	}
	if p.Name == "" {
		p.Name = p.ExternalID
	}
	if p.FullPath == "" && p.Owner != nil {
		p.FullPath = *p.Owner + "/" + p.Name
	}
	if p.FullPath == "" {
		p.FullPath = p.Name
	}
}

// members are the members of a record by their names in one spelling.
type members struct {
	raw    string
	byName map[string]gjson.Result
}

func readMembers(raw []byte) members {
	m := members{raw: string(raw), byName: map[string]gjson.Result{}}
	gjson.Parse(m.raw).ForEach(func(key, value gjson.Result) bool {
		name := strings.Map(unify, key.Str)
		if _, taken := m.byName[name]; !taken {
			m.byName[name] = value
		}
		return true
	})
	return m
}

// lookup finds a value by its usual name.
func (m members) lookup(name string) gjson.Result {
	outer, inner, nested := strings.Cut(name, ".")
	value := m.byName[outer]
	if nested {
		return value.Get(inner)
	}
	return value
}

// unify spells the names of columns alike.
func unify(r rune) rune {
	if r == ' ' || r == '-' {
		return '_'
	}
	return unicode.ToLower(r)
}
