package fleet

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScanLog(t *testing.T) {
	t.Parallel()
	const log = `{"level":"WARN","msg":"fenced: another worker has the partition","cause":"x"}
{"level":"INFO","msg":"sync ends","cause":"fenced: not this one"}
panic: runtime error: index out of range [3] with length 2

goroutine 1 [running]:
{"msg":"fenced: another worker has the partition"}
fatal error: concurrent map writes
not JSON at all`
	got, err := scanLog(strings.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	want := Logged{Fenced: 2, Panics: []string{
		"panic: runtime error: index out of range [3] with length 2", "fatal error: concurrent map writes",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
