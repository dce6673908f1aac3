package gather_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"holdfast/internal/gather"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// works is work that takes as long as the test wants, and remembers what it was
// given.
type works struct {
	mu      sync.Mutex
	batches [][]int
	// flying is how much work is under way, most how much ever was.
	flying, most int
	// takes is how long a piece of work takes.
	takes time.Duration
}

// do answers each number with its double.
func (w *works) do(requests []int) []gather.Answer[int] {
	w.mu.Lock()
	w.batches = append(w.batches, slices.Clone(requests))
	w.flying++
	w.most = max(w.most, w.flying)
	w.mu.Unlock()
	<-time.After(w.takes)
	w.mu.Lock()
	w.flying--
	w.mu.Unlock()
	answers := make([]gather.Answer[int], len(requests))
	for i, n := range requests {
		answers[i].Value = 2 * n
	}
	return answers
}

// ask sends requests one after the other, without waiting for their answers, and
// checks each of them.
func ask(t *testing.T, clients *sync.WaitGroup, g *gather.Group[int, int], requests ...int) {
	t.Helper()
	for _, n := range requests {
		clients.Go(func() {
			got, err := g.Do(t.Context(), n)
			if err != nil || got != 2*n {
				t.Errorf("%d was answered %d, %v", n, got, err)
			}
		})
		synctest.Wait()
	}
}

func TestWhoArrivesMeanwhileSharesTheNextFlight(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		limits gather.Limits
		want   [][]int
	}{
		"one flight":      {gather.Limits{Flights: 1, Size: 9}, [][]int{{1}, {2, 3, 4, 5, 6}}},
		"two flights":     {gather.Limits{Flights: 2, Size: 9}, [][]int{{1}, {2}, {3, 4, 5, 6}}},
		"bounded in size": {gather.Limits{Flights: 1, Size: 2}, [][]int{{1}, {2, 3}, {4, 5}, {6}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &works{takes: time.Second}
				g := gather.New(test.limits, w.do)
				var clients sync.WaitGroup
				ask(t, &clients, g, 1, 2, 3, 4, 5, 6)
				clients.Wait()
				if diff := cmp.Diff(test.want, w.batches); diff != "" {
					t.Errorf("flights (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestNobodyWaitsForCompany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &works{}
		g := gather.New(gather.Limits{Flights: 1, Size: 9}, w.do)
		begun := time.Now()
		for n := range 3 {
			if _, err := g.Do(t.Context(), n); err != nil {
				t.Fatal(err)
			}
		}
		if waited := time.Since(begun); waited != 0 {
			t.Errorf("requests waited %s for nothing", waited)
		}
		if diff := cmp.Diff([][]int{{0}, {1}, {2}}, w.batches); diff != "" {
			t.Errorf("flights (-want +got):\n%s", diff)
		}
	})
}

func TestWhoLeavesWhileWaitingIsNotWorkedOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &works{takes: time.Second}
		g := gather.New(gather.Limits{Flights: 1, Size: 9}, w.do)
		var clients sync.WaitGroup
		ask(t, &clients, g, 1, 2)
		ctx, leave := context.WithCancel(t.Context())
		clients.Go(func() {
			if _, err := g.Do(ctx, 3); !errors.Is(err, context.Canceled) {
				t.Errorf("answered %v, want its context's error", err)
			}
		})
		synctest.Wait()
		ask(t, &clients, g, 4)
		leave()
		clients.Wait()
		if diff := cmp.Diff([][]int{{1}, {2, 4}}, w.batches); diff != "" {
			t.Errorf("flights (-want +got):\n%s", diff)
		}
	})
}

func TestWhoLeavesOnceTakenLearnsWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &works{takes: time.Second}
		g := gather.New(gather.Limits{Flights: 1, Size: 9}, w.do)
		ctx, leave := context.WithTimeout(t.Context(), time.Millisecond)
		defer leave()
		if got, err := g.Do(ctx, 21); got != 42 || err != nil {
			t.Errorf("answered %d, %v; want 42", got, err)
		}
	})
}

func TestPanicIsAnErrorForThoseItTook(t *testing.T) {
	t.Parallel()
	for name, work := range map[string]gather.Work[int, int]{
		"panic":                func([]int) []gather.Answer[int] { panic("broken") },
		"an answer is missing": func(r []int) []gather.Answer[int] { return make([]gather.Answer[int], len(r)-1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broken := true
			g := gather.New(gather.Limits{Flights: 1, Size: 9}, func(requests []int) []gather.Answer[int] {
				if broken {
					broken = false
					return work(requests)
				}
				return (&works{}).do(requests)
			})
			if _, err := g.Do(t.Context(), 1); !errors.Is(err, gather.ErrPanic) {
				t.Errorf("answered %v, want the panic", err)
			}
			if got, err := g.Do(t.Context(), 2); got != 4 || err != nil {
				t.Errorf("the next one was answered %d, %v", got, err)
			}
		})
	}
}

// Whoever comes and goes when: each request is worked on once, or not at all and
// told so, never beyond the limits, and answered with its own answer.
func TestAnyInterleaving(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			limits := gather.Limits{Flights: 1 + random.IntN(3), Size: 1 + random.IntN(5)}
			w := &works{takes: time.Duration(1+random.IntN(20)) * time.Millisecond}
			g := gather.New(limits, w.do)
			const requests = 60
			left := make([]bool, requests)
			var clients sync.WaitGroup
			for n := range requests {
				arrives, patience := time.Duration(random.IntN(100))*time.Millisecond, time.Duration(random.IntN(60))*time.Millisecond
				clients.Go(func() {
					<-time.After(arrives)
					ctx, leave := context.WithTimeout(t.Context(), patience)
					defer leave()
					got, err := g.Do(ctx, n)
					left[n] = err != nil
					if err == nil && got != 2*n {
						t.Errorf("seed %d: %d was answered %d", seed, n, got)
					}
				})
			}
			clients.Wait()
			if w.most > limits.Flights {
				t.Errorf("seed %d: %d flights at a time, want %d at most", seed, w.most, limits.Flights)
			}
			worked := make([]int, requests)
			for _, batch := range w.batches {
				if len(batch) > limits.Size {
					t.Errorf("seed %d: %d requests in one flight, want %d at most", seed, len(batch), limits.Size)
				}
				for _, n := range batch {
					worked[n]++
				}
			}
			for n, times := range worked {
				if want := map[bool]int{false: 1, true: 0}[left[n]]; times != want {
					t.Errorf("seed %d: request %d (left %t) was worked on %d times", seed, n, left[n], times)
				}
			}
		})
	}
}
