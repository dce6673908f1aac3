package e2e_test

import (
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"holdfast/internal/openapi"
	"holdfast/internal/sampleforge"
)

// chaosTime is how long faults go on.
const chaosTime = 20 * time.Second

// Everything at once, by chance: workers are killed, stopped, woken and told to
// end, the source fails in every way and changes all the time, clients ask and
// cancel. When it is over, every job that was promised ends, and the next sync
// makes table and source equal. HOLDFAST_E2E_SEED repeats a run's choices.
func TestChaos(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("HOLDFAST_E2E_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("HOLDFAST_E2E_SEED=%d", seed)
	c := &chaos{
		system: start(t, withProjects(2000), withSource("partitions: 3"), withPageLatency(80*time.Millisecond), withWorkers(3),
			withWorker("lease", "1s"), withWorker("slice", "1s"), withStoppedProcesses()),
		dice: rand.New(rand.NewPCG(seed, 0)),
	}
	for over := time.Now().Add(chaosTime); time.Now().Before(over); {
		c.strike()
		<-time.After(time.Duration(50+c.dice.IntN(400)) * time.Millisecond)
	}
	c.calm()
	for _, id := range c.answered {
		c.waitFor(id, openapi.JobStatusSucceeded, openapi.JobStatusFailed, openapi.JobStatusCancelled)
	}
	c.sync()
	c.sync()
	c.mirrors("forge")
	t.Logf("%d jobs, %d takeovers, %d events", len(c.answered), ask[int](c.system, "select coalesce(sum(takeovers), 0)::int from sync_partitions"),
		ask[int](c.system, "select count(*) from sync_events"))
}

// chaos is a system to which things happen.
type chaos struct {
	*system

	dice   *rand.Rand
	asleep []*process
	// removed are projects that are not listed at the moment.
	removed []int64
}

// strike lets one thing happen.
func (c *chaos) strike() {
	c.t.Helper()
	strikes := []func(){
		c.ask, c.ask, c.cancelOne, c.killOne, c.killOne, c.stopOne, c.wakeAll, c.drainOne, c.breakSource, c.changeSource, c.changeSource,
	}
	strikes[c.dice.IntN(len(strikes))]()
}

func (c *chaos) ask() {
	job := c.post()
	c.t.Logf("asked for %s", job.ID)
}

func (c *chaos) cancelOne() {
	if len(c.answered) == 0 || c.dice.IntN(4) > 0 {
		return
	}
	id := c.answered[len(c.answered)-1]
	a, err := c.call(c.t.Context(), http.MethodPost, jobPath(id)+"/cancel", "")
	if err != nil || a.status != http.StatusAccepted && a.status != http.StatusConflict {
		c.t.Errorf("cancel was answered with %d %s, %v", a.status, a.body, err)
	}
}

// one chooses a worker and starts another one in its place.
func (c *chaos) one() *process {
	i := c.dice.IntN(len(c.workers))
	chosen := c.workers[i]
	c.workers = append(c.workers[:i:i], c.workers[i+1:]...)
	c.startWorker()
	return chosen
}

func (c *chaos) killOne() { c.one().kill() }

func (c *chaos) drainOne() { c.one().signal(c.t, syscall.SIGTERM) }

func (c *chaos) stopOne() {
	if len(c.asleep) > 2 {
		return
	}
	chosen := c.one()
	chosen.signal(c.t, syscall.SIGSTOP)
	c.asleep = append(c.asleep, chosen)
}

// wakeAll wakes those that sleep. They work on beside those in their place.
func (c *chaos) wakeAll() {
	for _, p := range c.asleep {
		p.signal(c.t, syscall.SIGCONT)
		p.signal(c.t, syscall.SIGTERM)
	}
	c.asleep = nil
}

func (c *chaos) breakSource() {
	faults := []sampleforge.Fault{
		{Kind: sampleforge.FaultStatus, Status: 502, Count: 3},
		{Kind: sampleforge.FaultTruncated, Count: 2},
		{Kind: sampleforge.FaultHTML, Count: 1},
		{Kind: sampleforge.FaultRateLimit, Count: 1, RetryAfter: time.Second},
		{Kind: sampleforge.FaultLatency, Count: 5, Delay: 300 * time.Millisecond},
		{Kind: sampleforge.FaultTotal, Count: 4, Total: 12345},
	}
	c.forge.fault(c.t, faults[c.dice.IntN(len(faults))])
}

// changeSource renames, removes, restores or adds projects.
func (c *chaos) changeSource() {
	ids := c.forge.ids()
	id := ids[c.dice.IntN(len(ids))]
	switch c.dice.IntN(4) {
	case 0:
		if err := c.forge.Update(id, sampleforge.Change{Path: new("renamed-" + strconv.Itoa(c.dice.IntN(1000)))}); err != nil {
			c.t.Error(err)
		}
	case 1:
		c.forge.remove(c.t, id)
		c.removed = append(c.removed, id)
	case 2:
		c.restoreAll()
	default:
		c.forge.Add(1 + c.dice.IntN(5))
	}
}

func (c *chaos) restoreAll() {
	for _, id := range c.removed {
		if err := c.forge.Restore(id); err != nil {
			c.t.Error(err)
		}
	}
	c.removed = nil
}

// calm ends all faults, and lets what is gone from the source stay gone.
func (c *chaos) calm() {
	c.forge.ClearFaults()
	c.wakeAll()
}
