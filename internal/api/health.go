package api

import (
	"context"
	"fmt"
	"strings"

	"holdfast/internal/health"
	"holdfast/internal/openapi"
)

// Livez says that the process runs; it asks nobody.
func (h *handlers) Livez(context.Context, openapi.LivezRequestObject) (openapi.LivezResponseObject, error) {
	return openapi.Livez200JSONResponse{Status: openapi.HealthStatusOk}, nil
}

// Readyz says whether requests should be sent here.
func (h *handlers) Readyz(ctx context.Context, _ openapi.ReadyzRequestObject) (openapi.ReadyzResponseObject, error) {
	select {
	case <-h.draining:
		return nil, notReady("This process is shutting down.", nil)
	default:
	}
	if failure := health.First(ctx, h.Checks); failure != nil {
		return nil, notReady(fmt.Sprintf("Not in order: %s. The log of holdfast-api says more.", failure.Check), failure)
	}
	return openapi.Readyz200JSONResponse{Status: openapi.HealthStatusOk}, nil
}

// GetOpenAPI shows the description of this interface.
func (h *handlers) GetOpenAPI(
	context.Context, openapi.GetOpenAPIRequestObject,
) (openapi.GetOpenAPIResponseObject, error) {
	document := openapi.Document()
	return openapi.GetOpenAPI200ApplicationYamlResponse{
		Body: strings.NewReader(document), ContentLength: int64(len(document)),
	}, nil
}
