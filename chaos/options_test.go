package main

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/chaos/cluster"
	"holdfast/chaos/schedule"
)

func TestWithout(t *testing.T) {
	t.Parallel()
	o, err := parse([]string{"-without", "fill_disk, kill_api"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]schedule.Kind{schedule.FillDisk, schedule.KillAPI}, o.without); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := parse([]string{"-without", "fill_dusk"}, io.Discard); err == nil || !strings.Contains(err.Error(), "fill_disk") {
		t.Errorf("error %v, want one that names the faults there are", err)
	}
}

func TestFaultsThatTakeRootAreNotLeftOutInSilence(t *testing.T) {
	t.Parallel()
	const root, other = 0, 1000
	if got, err := clusterOptions(options{}, root); err != nil || got.Disk == "" {
		t.Errorf("root's cluster has the options %+v, %v", got, err)
	}
	if _, err := clusterOptions(options{}, other); err == nil || !strings.Contains(err.Error(), "-without fill_disk") {
		t.Errorf("error %v, want one that says how to do without", err)
	}
	got, err := clusterOptions(options{without: []schedule.Kind{schedule.FillDisk}}, other)
	if diff := cmp.Diff(cluster.Options{Clock: true}, got); err != nil || diff != "" {
		t.Errorf("%v, (-want +got):\n%s", err, diff)
	}
}
