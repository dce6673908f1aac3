package quantity_test

import (
	"testing"
	"time"

	"holdfast/internal/quantity"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "500ms": 500 * time.Millisecond, "30s": 30 * time.Second, "1.5h": 90 * time.Minute,
		"1h30m": 90 * time.Minute, "7d": 7 * day, "2w": 14 * day, "1d12h": 36 * time.Hour,
	} {
		if got, err := quantity.ParseDuration(text); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "30", "s", "30 s", "30sec", "-5s", "+5s", "1..5s", "1e3s", "5S", "∞", "9999999w9", "1h 30m"} {
		if got, err := quantity.ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", text, got)
		}
	}
	if _, err := quantity.ParseDuration("99999999999999w"); err == nil {
		t.Error("a duration that overflows was accepted")
	}
}

func TestParseSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]quantity.Size{
		"0": 0, "1048576": 1 << 20, "10B": 10, "512KiB": 512 << 10, "32MiB": 32 << 20, "1.5GiB": 3 << 29,
		"2KB": 2000, "2kB": 2000, "3MB": 3_000_000, "1GB": 1_000_000_000,
	} {
		if got, err := quantity.ParseSize(text); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MiB", "32M", "32 MiB", "-1", "1MiB2", "1.2.3B", "1e3", "99999999999999GiB"} {
		if got, err := quantity.ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) = %v, want an error", text, got)
		}
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for want, duration := range map[string]time.Duration{
		"0": 0, "500ms": 500 * time.Millisecond, "30s": 30 * time.Second, "1h30m": 90 * time.Minute, "36500d": 36500 * 24 * time.Hour,
	} {
		if got := quantity.FormatDuration(duration); got != want {
			t.Errorf("FormatDuration(%v) = %q, want %q", duration, got, want)
		}
	}
	for want, size := range map[string]quantity.Size{"0B": 0, "1KiB": 1024, "1025B": 1025, "64MiB": 64 << 20, "3GiB": 3 << 30} {
		if got := size.String(); got != want {
			t.Errorf("Size(%d).String() = %q, want %q", int64(size), got, want)
		}
	}
}

// Whatever is read is neither negative nor a panic.
func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"0", "30s", "1h30m", "7d", "-1s", "1.5w", "9223372036854775807ms", "1h1h"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := quantity.ParseDuration(text)
		if got < 0 || err != nil && got != 0 {
			t.Errorf("ParseDuration(%q) = %v, %v", text, got, err)
		}
		again, err2 := quantity.ParseDuration(quantity.FormatDuration(got))
		if err == nil && (err2 != nil || (again-got.Truncate(time.Millisecond)).Abs() > got/1e9) {
			t.Errorf("FormatDuration(%v) = %q reads as %v, %v", got, quantity.FormatDuration(got), again, err2)
		}
		std, stdErr := time.ParseDuration(text)
		if err == nil && stdErr == nil && (got-std).Abs() > std/1e9+1 {
			t.Errorf("ParseDuration(%q) = %v, the standard library says %v", text, got, std)
		}
	})
}

func FuzzParseSize(f *testing.F) {
	for _, seed := range []string{"0", "32MiB", "1.5GiB", "9223372036854775807", "-1", "1KB1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var viaText quantity.Size
		got, err := quantity.ParseSize(text)
		if got < 0 || err != nil && got != 0 {
			t.Errorf("ParseSize(%q) = %v, %v", text, got, err)
		}
		if textErr := viaText.UnmarshalText([]byte(text)); viaText != got || (textErr == nil) != (err == nil) {
			t.Errorf("UnmarshalText(%q) = %v, %v; ParseSize says %v, %v", text, viaText, textErr, got, err)
		}
	})
}
