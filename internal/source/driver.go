package source

import "log/slog"

// Driver makes sources of one kind. Each package below this one exports one,
// and package kinds lists them all.
type Driver struct {
	// Kind is the word that names the kind in the configuration.
	Kind string
	// New makes a source. It validates the options, does no I/O, and its
	// errors tell a person what to write instead.
	New func(Settings) (Source, error)
}

// Settings is what a driver gets to make a source from.
type Settings struct {
	// Name is the source's name in the configuration.
	Name string
	// Decode reads the source's own options into a struct with yaml tags.
	// Unknown keys and wrong types are errors with file and line. Fields of
	// type [Secret] are filled from the environment or from files.
	Decode func(options any) error
	// Dir is the folder of the configuration file: relative paths start there.
	Dir string
	// Log already carries the source's name.
	Log *slog.Logger
}

// Secret is a credential. It prints, logs and marshals as "[redacted]"; Reveal
// is the only way to its value.
type Secret struct{ value string }

// NewSecret wraps a credential.
func NewSecret(value string) Secret { return Secret{value: value} }

// Reveal returns the credential itself, for a request's header and nothing else.
func (s Secret) Reveal() string { return s.value }

// IsZero reports whether there is no credential.
func (s Secret) IsZero() bool { return s.value == "" }

// String returns a placeholder.
func (s Secret) String() string { return "[redacted]" }

// GoString returns a placeholder, for %#v.
func (s Secret) GoString() string { return "[redacted]" }

// MarshalText returns a placeholder, for every encoder that asks.
func (s Secret) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// LogValue returns a placeholder, for slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue("[redacted]") }
