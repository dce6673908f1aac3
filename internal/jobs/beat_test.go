package jobs

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/store"
)

// testLease has a heartbeat every second.
const testLease = 4 * time.Second

var errNoAnswer = errors.New("the database does not answer")

// beats answers heartbeats and remembers when they came.
type beats struct {
	begun time.Time
	at    []time.Duration
	// answer is asked for each beat, the first of which is 1.
	answer func(ctx context.Context, n int) error
}

func (b *beats) beat(ctx context.Context) error {
	b.at = append(b.at, time.Since(b.begun))
	return b.answer(ctx, len(b.at))
}

// keep holds a lease in the bubble of a test until the test ends.
func (b *beats) keep(t *testing.T) (ctx context.Context, stop func()) {
	t.Helper()
	b.begun = time.Now()
	ctx, stop = keepLease(t.Context(), testLease, b.beat)
	t.Cleanup(stop)
	return ctx, stop
}

// wantEnd waits for the end of the work.
func (b *beats) wantEnd(ctx context.Context, t *testing.T, after time.Duration, cause error) {
	t.Helper()
	select {
	case <-ctx.Done():
	case <-time.After(100 * testLease):
		t.Fatal("the work never ended")
	}
	if took := time.Since(b.begun); took != after || !errors.Is(context.Cause(ctx), cause) {
		t.Errorf("the work ended after %s with %v, want %s and %v", took, context.Cause(ctx), after, cause)
	}
}

func TestTheHeartBeatsByTheClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &beats{answer: func(context.Context, int) error { return nil }}
		ctx, stop := b.keep(t)
		<-time.After(10*testLease + time.Millisecond)
		stop()
		var want []time.Duration
		for n := range 10 * beatsPerLease {
			want = append(want, time.Duration(n+1)*testLease/beatsPerLease)
		}
		if diff := cmp.Diff(want, b.at); diff != "" {
			t.Errorf("beats (-want +got):\n%s", diff)
		}
		if !errors.Is(context.Cause(ctx), context.Canceled) {
			t.Errorf("the work ended with %v, want no reason but its end", context.Cause(ctx))
		}
		<-time.After(10 * testLease)
		if len(b.at) != len(want) {
			t.Errorf("%d beats after the end", len(b.at)-len(want))
		}
	})
}

func TestALeaseOutlivesLostBeats(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		// Only the last of so many beats is answered well.
		of     int
		answer func(context.Context) error
	}{
		"three refused": {of: 4, answer: func(context.Context) error { return errNoAnswer }},
		// An unanswered one is given up after half a lease: two beats' time.
		"one unanswered": {of: 2, answer: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := &beats{answer: func(ctx context.Context, n int) error {
					if n%test.of != 0 {
						return test.answer(ctx)
					}
					return nil
				}}
				ctx, _ := b.keep(t)
				<-time.After(20 * testLease)
				if ctx.Err() != nil {
					t.Errorf("the work ended after %d beats: %v", len(b.at), context.Cause(ctx))
				}
			})
		})
	}
}

// Somebody else may have the partition by then: the work ends although nobody
// says so.
func TestALeaseWithoutABeatEndsTheWork(t *testing.T) {
	t.Parallel()
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := &beats{answer: func(context.Context, int) error { return errNoAnswer }}
			ctx, _ := b.keep(t)
			b.wantEnd(ctx, t, testLease+testLease/beatsPerLease, errSilent)
		})
	})
	t.Run("unanswered", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := &beats{answer: func(ctx context.Context, _ int) error { <-ctx.Done(); return ctx.Err() }}
			ctx, _ := b.keep(t)
			b.wantEnd(ctx, t, testLease+testLease/beatsPerLease, errSilent)
		})
	})
	t.Run("after good ones", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := &beats{answer: func(_ context.Context, n int) error {
				if n > 7 {
					return errNoAnswer
				}
				return nil
			}}
			ctx, _ := b.keep(t)
			b.wantEnd(ctx, t, 7*time.Second+testLease+testLease/beatsPerLease, errSilent)
		})
	})
}

func TestABeatThatSaysSoEndsTheWorkAtOnce(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{store.ErrFenced, errCancelled, errClosed} {
		t.Run(cause.Error(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := &beats{answer: func(_ context.Context, n int) error {
					if n == 3 {
						return fmt.Errorf("beat: %w", cause)
					}
					return nil
				}}
				ctx, _ := b.keep(t)
				b.wantEnd(ctx, t, 3*time.Second, cause)
				<-time.After(10 * testLease)
				if len(b.at) != 3 {
					t.Errorf("%d beats, want none after the one that ended the work", len(b.at))
				}
			})
		})
	}
}

// Whoever stops the heart goes on to write with the lease's epoch: no beat may
// be under way then.
func TestStopWaitsForTheBeatThatIsUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		left := false
		b := &beats{answer: func(ctx context.Context, _ int) error {
			<-ctx.Done()
			// A server that is slow to give the connection back.
			<-time.After(time.Minute)
			left = true
			return ctx.Err()
		}}
		_, stop := b.keep(t)
		<-time.After(testLease/beatsPerLease + time.Millisecond)
		stop()
		if !left {
			t.Error("stop returned while a beat was under way")
		}
	})
}
