package httpapi

import (
	"bytes"
	"context"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// symptom tells an answer that means something of its own from its likes.
type symptom struct {
	status int
	// text is part of the body; test is true of it. One of them is set.
	text []byte
	test *expression
}

// shows reports whether an answer has the symptom.
func (s *symptom) shows(ctx context.Context, r *source.Response) bool {
	if s == nil || r.Status != s.status {
		return false
	}
	if s.test == nil {
		return bytes.Contains(r.Body, s.text)
	}
	doc := newDocument(r.Body)
	if source.CheckJSON(doc.body) != nil {
		return false
	}
	ctx, cancel := limited(ctx)
	defer cancel()
	value, err := s.test.read(ctx, doc)
	return err == nil && value.Type == gjson.True
}

// diagnose says what an answer means where the configuration does; nil leaves
// it to the client. At the start there is no position that could have expired,
// and calling it so would begin again for ever.
func (s *httpSource) diagnose(ctx context.Context, at position, r *source.Response) *source.Error {
	switch {
	case at.started() && s.expired.shows(ctx, r):
		return r.Refused(source.Expired, "expired_position", "no longer knows how far the listing had come; it begins again")
	case s.rateLimited.shows(ctx, r):
		return r.Limited()
	}
	return nil
}
