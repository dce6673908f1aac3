package sampleforge_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"holdfast/internal/sampleforge"
)

// BenchmarkPages serves pages of 100 out of a million projects.
func BenchmarkPages(b *testing.B) {
	forge := sampleforge.New(sampleforge.Options{Projects: 1_000_000})
	size := 0
	for i := 0; b.Loop(); i++ {
		target := fmt.Sprintf("/api/v4/projects?pagination=keyset&order_by=id&sort=asc&per_page=100&id_after=%d", 5_000_000_021+int64(i%9000)*1200)
		w := httptest.NewRecorder()
		forge.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodGet, target, nil))
		size = w.Body.Len()
	}
	b.SetBytes(int64(size))
	b.ReportMetric(100*float64(b.N)/b.Elapsed().Seconds(), "projects/s")
}
