package openapi_test

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"holdfast/internal/openapi"
)

// TestDocument checks the document itself, its examples included.
func TestDocument(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(openapi.Document()))
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation()); err != nil {
		t.Fatalf("validate: %v", err)
	}
}
