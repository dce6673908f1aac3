package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"holdfast/internal/openapi"
)

// readyTimeout bounds each check of /readyz: a probe that hangs tells nobody
// anything.
const readyTimeout = 2 * time.Second

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
	for _, check := range h.Checks {
		if err := runCheck(ctx, check); err != nil {
			return nil, notReady(fmt.Sprintf("Not in order: %s. The log of holdfast-api says more.", check.Name),
				fmt.Errorf("check %s: %w", check.Name, err))
		}
	}
	return openapi.Readyz200JSONResponse{Status: openapi.HealthStatusOk}, nil
}

func runCheck(ctx context.Context, check Check) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	return check.Run(ctx)
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
