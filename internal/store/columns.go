package store

import (
	"strings"
	"time"
)

// columns holds a page's rows column by column, as unnest takes them: one
// array a column in place of one statement a row.
type columns struct {
	name, fullPath                                        []string
	description, webURL, visibility, defaultBranch, owner []*string
	archived                                              []*bool
	topics, language, license                             []*string
	stars, forks                                          []*int64
	createdAt, updatedAt, lastActivityAt                  []*time.Time
	payload, hash                                         [][]byte
}

func columnsOf(rows []NewRow) *columns {
	c := &columns{}
	for i := range rows {
		p := &rows[i].Project
		c.name = append(c.name, p.Name)
		c.fullPath = append(c.fullPath, p.FullPath)
		c.description = append(c.description, p.Description)
		c.webURL = append(c.webURL, p.WebURL)
		c.visibility = append(c.visibility, p.Visibility)
		c.archived = append(c.archived, p.Archived)
		c.defaultBranch = append(c.defaultBranch, p.DefaultBranch)
		c.owner = append(c.owner, p.Owner)
		c.topics = append(c.topics, arrayText(p.Topics))
		c.language = append(c.language, p.Language)
		c.license = append(c.license, p.License)
		c.stars = append(c.stars, p.Stars)
		c.forks = append(c.forks, p.Forks)
		c.createdAt = append(c.createdAt, p.CreatedAt)
		c.updatedAt = append(c.updatedAt, p.UpdatedAt)
		c.lastActivityAt = append(c.lastActivityAt, p.LastActivityAt)
		c.payload = append(c.payload, rows[i].Payload)
		c.hash = append(c.hash, rows[i].Hash)
	}
	return c
}

// changeable lists the columns in the order of UpdateProjects, from name on.
func (c *columns) changeable() []any {
	return []any{
		c.name, c.fullPath, c.description, c.webURL, c.visibility, c.archived, c.defaultBranch, c.owner,
		c.topics, c.language, c.license, c.stars, c.forks, c.createdAt, c.updatedAt, c.lastActivityAt,
		c.payload, c.hash,
	}
}

// arrayText writes a text array as Postgres' literal, or nil for null: unnest
// would flatten an array of arrays.
func arrayText(items []string) *string {
	if items == nil {
		return nil
	}
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	quoted := make([]string, len(items))
	for i, item := range items {
		quoted[i] = `"` + escape.Replace(item) + `"`
	}
	return new("{" + strings.Join(quoted, ",") + "}")
}

// updateArgs are the arguments of UpdateProjects.
func updateArgs(rows []NewRow) []any {
	ids := make([]int64, len(rows))
	old := make([][]byte, len(rows))
	for i := range rows {
		ids[i], old[i] = rows[i].ID, rows[i].OldHash
	}
	return append([]any{ids, old}, columnsOf(rows).changeable()...)
}

// changeArgs are the arguments of InsertChanges.
func changeArgs(jobID string, changes []Change) []any {
	ids := make([]int64, len(changes))
	kinds := make([]string, len(changes))
	fields := make([][]byte, len(changes))
	for i, c := range changes {
		ids[i], kinds[i], fields[i] = c.ProjectID, c.Change, c.Fields
	}
	return []any{ids, jobID, kinds, fields}
}
