package sampleforge

import (
	"errors"
	"net/http"
	"time"

	"holdfast/internal/quantity"
)

// faultBody is a [Fault] on the wire.
type faultBody struct {
	Kind       FaultKind `json:"kind"`
	After      int       `json:"after,omitempty"`
	Count      int       `json:"count,omitempty"`
	RetryAfter seconds   `json:"retry_after,omitzero"`
	Delay      seconds   `json:"delay,omitzero"`
	Status     int       `json:"status,omitempty"`
	Total      int       `json:"total,omitempty"`
	Group      string    `json:"group,omitempty"`
}

// seconds is a duration on the wire, such as "1.5s".
type seconds time.Duration

// MarshalText writes the duration.
func (s seconds) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText reads the duration.
func (s *seconds) UnmarshalText(text []byte) error {
	d, err := quantity.ParseDuration(string(text))
	if err != nil {
		return errors.New(string(text) + " " + err.Error())
	}
	*s = seconds(d)
	return nil
}

func (f *Forge) adminFaults(*http.Request) (any, error) {
	faults := f.Faults()
	bodies := make([]faultBody, 0, len(faults))
	for _, left := range faults {
		bodies = append(bodies, faultBody{
			Kind: left.Kind, After: left.After, Count: left.Count, RetryAfter: seconds(left.RetryAfter),
			Delay: seconds(left.Delay), Status: left.Status, Total: left.Total, Group: left.Group,
		})
	}
	return bodies, nil
}

func (f *Forge) adminInject(r *http.Request) (any, error) {
	var body faultBody
	if err := readBody(r, &body); err != nil {
		return nil, err
	}
	err := f.Inject(Fault{
		Kind: body.Kind, After: body.After, Count: body.Count, RetryAfter: time.Duration(body.RetryAfter),
		Delay: time.Duration(body.Delay), Status: body.Status, Total: body.Total, Group: body.Group,
	})
	if err != nil {
		return nil, err
	}
	return f.adminFaults(r)
}

func (f *Forge) adminClear(r *http.Request) (any, error) {
	f.ClearFaults()
	return f.adminFaults(r)
}
