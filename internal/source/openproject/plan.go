package openproject

import (
	"encoding/json"

	"holdfast/internal/source"
)

// spec describes the one partition of a listing.
type spec struct {
	Filters string `json:"filters"`
}

func (o *openproject) partition() source.Partition {
	// A struct of one text always marshals.
	stored, _ := json.Marshal(spec{Filters: o.options.filters()}) //nolint:errchkjson // see above
	return source.Partition{Name: "projects", Spec: stored}
}

// checkSpec refuses a plan that was made before the source was changed.
func (o *openproject) checkSpec(stored []byte) error {
	var s spec
	if err := json.Unmarshal(stored, &s); err != nil || s.Filters != o.options.filters() {
		return source.PlanOutdated()
	}
	return nil
}
