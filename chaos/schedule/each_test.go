package schedule_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/chaos/schedule"
)

func TestEachKindAloneIsStruckAsAmongTheOthers(t *testing.T) {
	t.Parallel()
	all := schedule.Each(42, schedule.Kinds())
	for i, kind := range schedule.Kinds() {
		if all[i].Kind != kind {
			t.Errorf("strike %d is %s, want %s", i, all[i].Kind, kind)
		}
		if diff := cmp.Diff(all[i:i+1], schedule.Each(42, []schedule.Kind{kind})); diff != "" {
			t.Errorf("%s alone (-among all +alone):\n%s", kind, diff)
		}
	}
	if cmp.Equal(all, schedule.Each(43, schedule.Kinds())) {
		t.Error("another seed drew the same strikes")
	}
}

func TestFaultsOfSources(t *testing.T) {
	t.Parallel()
	if !schedule.Outage.OfSources() || schedule.CrashPostgres.OfSources() {
		t.Error("faults of sources are not told from others")
	}
}
