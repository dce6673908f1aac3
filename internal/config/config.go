package config

import (
	"net/netip"
	"time"

	"holdfast/internal/quantity"
	"holdfast/internal/source"
	"holdfast/internal/strictyaml"
)

// Config is the whole configuration, valid and with its defaults filled in.
type Config struct {
	// DatabaseURL says where Postgres is: the key database_url, or the
	// environment variable DATABASE_URL.
	DatabaseURL source.Secret `yaml:"database_url"`
	Log         Log           `yaml:"log"`
	API         API           `yaml:"api"`
	Worker      Worker        `yaml:"worker"`
	Retention   Retention     `yaml:"retention"`
	Sources     []Source      `yaml:"sources"`

	// Warnings are what a person should know but what is no reason not to
	// start. They hold no secret.
	Warnings strictyaml.Problems `yaml:"-"`
}

// Log says what the processes write about their work.
type Log struct {
	// Level is debug, info, warn or error.
	Level string `yaml:"level"`
	// Format is text or json.
	Format string `yaml:"format"`
}

// API is the section of the API process.
type API struct {
	Listen         string         `yaml:"listen"`
	BodyLimit      quantity.Size  `yaml:"body_limit"`
	ReadTimeout    time.Duration  `yaml:"read_timeout"`
	WriteTimeout   time.Duration  `yaml:"write_timeout"`
	IdleTimeout    time.Duration  `yaml:"idle_timeout"`
	DrainTimeout   time.Duration  `yaml:"drain_timeout"`
	TrustedProxies []netip.Prefix `yaml:"trusted_proxies"`
	// RateLimit is how many POSTs a second one caller may make; 0 is no limit.
	RateLimit float64 `yaml:"rate_limit"`
	PoolSize  int32   `yaml:"pool_size"`
	// Tokens are the callers. With none of them there is no authentication,
	// and every caller is "anonymous".
	Tokens []Token `yaml:"tokens"`
}

// Token is a caller of the API.
type Token struct {
	Name  string        `yaml:"name"`
	Token source.Secret `yaml:"token"`
	Role  Role          `yaml:"role"`
}

// Role is what a caller may do.
type Role string

// The roles: a reader may read everything, an operator may also start, cancel
// and decide.
const (
	Reader   Role = "reader"
	Operator Role = "operator"
)

// Worker is the section of the worker process.
type Worker struct {
	AdminListen string `yaml:"admin_listen"`
	// Concurrency is how many tasks run at once.
	Concurrency int `yaml:"concurrency"`
	// Slice is how long one partition task works before it hands over.
	Slice time.Duration `yaml:"slice"`
	// PagesPerTransaction is how many pages that lie ready may share one.
	PagesPerTransaction int `yaml:"pages_per_transaction"`
	// Lease is how long a partition stays with a worker that does not beat.
	Lease        time.Duration `yaml:"lease"`
	DrainTimeout time.Duration `yaml:"drain_timeout"`
	PoolSize     int32         `yaml:"pool_size"`
}

// Retention says how long what is finished is kept.
type Retention struct {
	// Jobs is for sync jobs with their partitions and events.
	Jobs time.Duration `yaml:"jobs"`
	// Ledger is for the page rows of finished jobs, and their quarantine.
	Ledger time.Duration `yaml:"ledger"`
}

// defaults is the configuration of an empty file.
func defaults() *Config {
	const day = 24 * time.Hour
	return &Config{
		Log: Log{Level: "info", Format: "text"},
		API: API{
			Listen:      "127.0.0.1:8001",
			BodyLimit:   1 << 20,
			ReadTimeout: 10 * time.Second,
			// Longer than the longest ?wait= of a poll.
			WriteTimeout: 60 * time.Second,
			IdleTimeout:  2 * time.Minute,
			DrainTimeout: 10 * time.Second,
			RateLimit:    100,
			PoolSize:     16,
		},
		Worker: Worker{
			AdminListen:         "127.0.0.1:8011",
			Concurrency:         8,
			Slice:               30 * time.Second,
			PagesPerTransaction: 10,
			Lease:               5 * time.Second,
			DrainTimeout:        10 * time.Second,
		},
		Retention: Retention{Jobs: 90 * day, Ledger: 7 * day},
	}
}
