package sampleforge

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/quantity"
)

// Options describe a forge. The zero value has no projects, asks for no token
// and is as fast as it can be.
type Options struct {
	// Projects is how many projects there are at the start.
	Projects int
	// Seed chooses their contents.
	Seed uint64
	// FirstID is the lower bound of the ids; 0 means one beyond 32 bits.
	FirstID int64
	// Token, if not empty, is what every request must carry.
	Token string
	// ExternalURL is the address that the forge believes to have. Like GitLab's
	// setting of that name it enters web_url and Link headers, and may be wrong.
	// When it is empty, links name the host that was asked.
	ExternalURL string
	// Latency is the time that every answer takes, PageLatency what a page of a
	// listing takes on top of it.
	Latency, PageLatency time.Duration
	// RateLimit refuses requests above a number per period.
	RateLimit RateLimit
}

// RateLimit is a number of requests per period; the zero value is no limit.
type RateLimit struct {
	Requests int
	Period   time.Duration
}

// ParseRateLimit reads "600/1m"; the empty text is no limit.
func ParseRateLimit(text string) (RateLimit, error) {
	if text == "" {
		return RateLimit{}, nil
	}
	count, per, found := strings.Cut(text, "/")
	requests, err := strconv.Atoi(count)
	if !found || err != nil || requests < 1 {
		return RateLimit{}, errors.New("a rate limit is a number of requests per period; write e.g. 600/1m")
	}
	period, err := quantity.ParseDuration(per)
	if err != nil {
		return RateLimit{}, fmt.Errorf("the period of a rate limit %w", err)
	}
	if period <= 0 {
		return RateLimit{}, errors.New("the period of a rate limit must be above zero")
	}
	return RateLimit{Requests: requests, Period: period}, nil
}
