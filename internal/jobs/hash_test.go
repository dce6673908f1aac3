package jobs

import (
	"fmt"
	"testing"
)

func TestVolatileFieldsAloneChangeNothing(t *testing.T) {
	t.Parallel()
	raw := func(stars int) []byte { return fmt.Appendf(nil, `{"id":1,"stars":%d,"name":"a"}`, stars) }
	volatile := []string{"stars"}
	if a, b := contentHash("v", raw(1), volatile), contentHash("v", raw(2), volatile); string(a) != string(b) {
		t.Error("a volatile field changes the hash")
	}
	if a, b := contentHash("v", raw(1), nil), contentHash("v", raw(2), nil); string(a) == string(b) {
		t.Error("a field that is not volatile does not change the hash")
	}
	if a, b := contentHash("v1", raw(1), volatile), contentHash("v2", raw(1), volatile); string(a) == string(b) {
		t.Error("another reading rule does not change the hash")
	}
}
