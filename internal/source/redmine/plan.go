package redmine

import (
	"encoding/json"

	"holdfast/internal/source"
)

// spec describes the one partition of a listing.
type spec struct {
	Status string `json:"status"`
}

func (r *redmine) partition() source.Partition {
	// A struct of one text always marshals.
	stored, _ := json.Marshal(spec{Status: r.options.filter()}) //nolint:errchkjson // see above
	return source.Partition{Name: "projects", Spec: stored}
}

// checkSpec refuses a plan that was made before the source was changed.
func (r *redmine) checkSpec(stored []byte) error {
	var s spec
	if err := json.Unmarshal(stored, &s); err != nil || s.Status != r.options.filter() {
		return source.PlanOutdated()
	}
	return nil
}
