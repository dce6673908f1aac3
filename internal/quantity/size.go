package quantity

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// errSize tells how a size is written.
var errSize = errors.New("is not a size; write a number and a unit (B, KiB, MiB, GiB, KB, MB, GB), e.g. 512KiB or 32MiB")

// Size is a number of bytes, written as "32MiB".
type Size int64

// UnmarshalText reads a size; see [ParseSize].
func (s *Size) UnmarshalText(text []byte) error {
	size, err := ParseSize(string(text))
	if err != nil {
		return err
	}
	*s = size
	return nil
}

// String writes a size in the largest unit that divides it: "32MiB".
func (s Size) String() string {
	for _, unit := range []string{"GiB", "MiB", "KiB"} {
		if scale, _ := sizeUnit(unit); s != 0 && int64(s)%scale == 0 {
			return fmt.Sprintf("%d%s", int64(s)/scale, unit)
		}
	}
	return fmt.Sprintf("%dB", int64(s))
}

// ParseSize reads a number of bytes with or without a unit. KiB, MiB and GiB
// are powers of 1024; KB, MB and GB are powers of 1000.
func ParseSize(text string) (Size, error) {
	number, unit, rest := cutNumber(text)
	value, err := strconv.ParseFloat(number, 64)
	scale, known := sizeUnit(unit)
	if err != nil || !known || rest != "" {
		return 0, errSize
	}
	bytes := value * float64(scale)
	if bytes >= math.MaxInt64 {
		return 0, errors.New("is too large a size; write one below 8 EiB")
	}
	return Size(bytes), nil
}

func sizeUnit(unit string) (scale int64, known bool) {
	switch unit {
	case "", "B":
		return 1, true
	case "KiB":
		return 1 << 10, true
	case "MiB":
		return 1 << 20, true
	case "GiB":
		return 1 << 30, true
	case "KB", "kB":
		return 1e3, true
	case "MB":
		return 1e6, true
	case "GB":
		return 1e9, true
	}
	return 0, false
}
