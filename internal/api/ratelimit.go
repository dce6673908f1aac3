package api

import (
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"
)

// maxCallers is how many buckets are kept before full ones are dropped: a
// caller who has not asked for a while has nothing to remember.
const maxCallers = 10_000

// limiter gives each caller a bucket of POSTs; anonymous callers are told apart
// by address.
type limiter struct {
	perSecond rate.Limit
	burst     int

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

func newLimiter(perSecond float64) *limiter {
	return &limiter{
		perSecond: rate.Limit(perSecond),
		burst:     max(1, int(math.Ceil(perSecond))),
		buckets:   map[string]*rate.Limiter{},
	}
}

// posts lets POSTs through as fast as their caller may send them. GETs are
// cheap and pass.
func (l *limiter) posts(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if l.perSecond <= 0 || c.Request().Method != http.MethodPost {
			return next(c)
		}
		who := callerOf(c.Request().Context()).name
		if who == anonymous {
			who = c.RealIP()
		}
		if wait := l.take(who, time.Now()); wait > 0 {
			return tooManyRequests(wait)
		}
		return next(c)
	}
}

// take takes one POST from a caller's bucket, or says how long it takes until
// there is one.
func (l *limiter) take(who string, now time.Time) time.Duration {
	bucket := l.bucket(who, now)
	reservation := bucket.ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait > 0 {
		// What is refused must not count, or asking too often would keep a caller
		// out for ever.
		reservation.CancelAt(now)
	}
	return wait
}

func (l *limiter) bucket(who string, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if bucket, ok := l.buckets[who]; ok {
		return bucket
	}
	if len(l.buckets) >= maxCallers {
		for name, bucket := range l.buckets {
			if bucket.TokensAt(now) >= float64(l.burst) {
				delete(l.buckets, name)
			}
		}
	}
	bucket := rate.NewLimiter(l.perSecond, l.burst)
	l.buckets[who] = bucket
	return bucket
}
