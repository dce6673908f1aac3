package github

import (
	"holdfast/internal/source"
)

// readRecords reads the elements of an answer.
func readRecords(res *source.Response, items string) ([]source.Record, error) {
	elements, err := res.Elements(items)
	if err != nil {
		return nil, err
	}
	records := make([]source.Record, len(elements))
	for i, element := range elements {
		records[i] = source.NewNumbered(element, "id").Record
	}
	return records, nil
}
