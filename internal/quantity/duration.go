// Package quantity reads the durations and byte sizes that people write in a
// configuration: "30s", "7d", "32MiB". Its errors say what to write instead and
// never repeat the input, which may have come from a secret by mistake.
package quantity

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// errDuration tells how a duration is written.
var errDuration = errors.New("is not a duration; write a number and a unit (ms, s, m, h, d, w), e.g. 30s, 1h30m or 7d")

// ParseDuration reads what [time.ParseDuration] reads, and days and weeks as
// well, because retention is counted in them: "500ms", "1h30m", "7d", "2w". A
// day is always 24 hours. Negative durations are errors.
func ParseDuration(text string) (time.Duration, error) {
	if text == "0" {
		return 0, nil
	}
	if text == "" {
		return 0, errDuration
	}
	var sum float64
	for rest := text; rest != ""; {
		number, unit, tail := cutNumber(rest)
		value, err := strconv.ParseFloat(number, 64)
		scale, known := durationUnit(unit)
		if err != nil || !known {
			return 0, errDuration
		}
		sum += value * float64(scale)
		rest = tail
	}
	// The largest float64 below 2^63 is 2^63 - 1024.
	if sum >= math.MaxInt64 {
		return 0, errors.New("is too long a duration; write one below 290 years")
	}
	return time.Duration(sum), nil
}

// FormatDuration writes a duration as [ParseDuration] reads it, in the largest
// units that fit and to the millisecond: "1h30m", "7d".
func FormatDuration(d time.Duration) string {
	var text strings.Builder
	for _, unit := range []string{"d", "h", "m", "s", "ms"} {
		scale, _ := durationUnit(unit)
		if n := d / scale; n > 0 {
			fmt.Fprintf(&text, "%d%s", n, unit)
			d %= scale
		}
	}
	return cmp.Or(text.String(), "0")
}

// cutNumber splits "1h30m" into "1", "h" and "30m".
func cutNumber(text string) (number, unit, rest string) {
	unitAt := strings.IndexFunc(text, func(r rune) bool { return !isNumeric(r) })
	if unitAt < 0 {
		return text, "", ""
	}
	restAt := strings.IndexFunc(text[unitAt:], isNumeric)
	if restAt < 0 {
		return text[:unitAt], text[unitAt:], ""
	}
	return text[:unitAt], text[unitAt : unitAt+restAt], text[unitAt+restAt:]
}

func isNumeric(r rune) bool { return r >= '0' && r <= '9' || r == '.' }

func durationUnit(unit string) (scale time.Duration, known bool) {
	switch unit {
	case "ms":
		return time.Millisecond, true
	case "s":
		return time.Second, true
	case "m":
		return time.Minute, true
	case "h":
		return time.Hour, true
	case "d":
		return 24 * time.Hour, true
	case "w":
		return 7 * 24 * time.Hour, true
	}
	return 0, false
}
