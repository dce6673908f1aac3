package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/project"
	"holdfast/internal/quantity"
	"holdfast/internal/source"
	"holdfast/internal/strictyaml"
)

// maxConcurrency bounds the tasks of one worker; more workers do the rest.
const maxConcurrency = 1000

// complete fills in what depends on other values or on the environment.
func (c *Config) complete(d *strictyaml.Decoder, getenv func(string) string) {
	if c.DatabaseURL.IsZero() && !d.Has("database_url") && !d.Has("database_url_file") {
		c.DatabaseURL = source.NewSecret(getenv("DATABASE_URL"))
	}
	if c.Worker.PoolSize == 0 {
		// A task holds at most two connections at once, its page's and its
		// beat's; the rest is for the reaper and for River.
		c.Worker.PoolSize = int32(2*min(max(c.Worker.Concurrency, 0), maxConcurrency) + 8)
	}
	for i := range c.Sources {
		c.Sources[i].complete(d, fmt.Sprintf("sources[%d].", i))
	}
}

// complete sets the defaults of the keys that are absent; the elements of a
// list begin as zero values.
func (s *Source) complete(d *strictyaml.Decoder, path string) {
	if !d.Has(path + "enabled") {
		s.Enabled = true
	}
	if !d.Has(path + "mode") {
		s.Mode = project.ModeFull
	}
	if !d.Has(path + "full_every") {
		s.FullEvery = 24 * time.Hour
	}
	if !d.Has(path + "absent_runs") {
		s.AbsentRuns = 2
	}
	if !d.Has(path + "max_delete_share") {
		s.MaxDeleteShare = 0.10
	}
}

// check reports every value that has the right type but makes no sense.
func (c *Config) check(d *strictyaml.Decoder, mode Mode) {
	c.checkDatabase(d)
	d.OneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	d.OneOf("log.format", c.Log.Format, "text", "json")
	c.API.check(d)
	c.API.checkTokens(d, mode)
	c.Worker.check(d)
	within(d, "retention.jobs", c.Retention.Jobs, 24*time.Hour, maxRetention)
	within(d, "retention.ledger", c.Retention.Ledger, time.Hour, maxRetention)
}

// maxRetention keeps "now minus retention" inside what Postgres can store.
const maxRetention = 36500 * 24 * time.Hour

func (c *Config) checkDatabase(d *strictyaml.Decoder) {
	address := c.DatabaseURL.Reveal()
	scheme, _, isURL := strings.Cut(address, "://")
	_, err := url.Parse(address)
	switch {
	case address == "":
		if !d.Has("database_url") && !d.Has("database_url_file") {
			d.Problemf("database_url", "missing; write database_url: ${DATABASE_URL}, or set the environment variable DATABASE_URL")
		}
	case isURL && scheme != "postgres" && scheme != "postgresql", !isURL && !strings.Contains(address, "="):
		d.Problemf("database_url", "is no Postgres address; write postgres://user:password@host:5432/database")
	case isURL && err != nil:
		d.Problemf("database_url", "cannot be read as an address; write special characters in user and password "+
			"percent-encoded, e.g. %%23 for #")
	}
}

func (a *API) check(d *strictyaml.Decoder) {
	checkListen(d, "api.listen", a.Listen)
	within(d, "api.body_limit", a.BodyLimit, 1<<10, 64<<20)
	within(d, "api.read_timeout", a.ReadTimeout, time.Second, 10*time.Minute)
	within(d, "api.write_timeout", a.WriteTimeout, 30*time.Second, time.Hour)
	within(d, "api.idle_timeout", a.IdleTimeout, time.Second, time.Hour)
	within(d, "api.drain_timeout", a.DrainTimeout, time.Second, 10*time.Minute)
	within(d, "api.rate_limit", a.RateLimit, 0, 1e6)
	within(d, "api.pool_size", a.PoolSize, 2, 1000)
}

func (w *Worker) check(d *strictyaml.Decoder) {
	checkListen(d, "worker.admin_listen", w.AdminListen)
	within(d, "worker.concurrency", w.Concurrency, 1, maxConcurrency)
	within(d, "worker.slice", w.Slice, time.Second, 10*time.Minute)
	within(d, "worker.pages_per_transaction", w.PagesPerTransaction, 1, 100)
	within(d, "worker.lease", w.Lease, time.Second, 5*time.Minute)
	within(d, "worker.drain_timeout", w.DrainTimeout, time.Second, 10*time.Minute)
	within(d, "worker.pool_size", w.PoolSize, 4, 10_000)
}

// checkTokens refuses callers that cannot be told apart or never get in, and warns of an API
// that anyone may reach.
func (a *API) checkTokens(d *strictyaml.Decoder, mode Mode) {
	names, tokens := map[string]int{}, map[string]int{}
	for i, caller := range a.Tokens {
		path := fmt.Sprintf("api.tokens[%d]", i)
		d.OneOf(path+".role", string(caller.Role), string(Reader), string(Operator))
		checkName(d, path+".name", caller.Name, names)
		token := caller.Token.Reveal()
		first, seen := tokens[token]
		switch {
		case token == "":
			if !d.Has(path+".token") && !d.Has(path+".token_file") {
				d.Problemf(path+".token", "missing; write token: ${VAR}, or token_file: and the path of a file")
			}
			continue
		case token != strings.TrimSpace(token):
			d.Problemf(path+".token", "begins or ends with white space, which a request cannot send with it; "+
				"remove it here or where the secret is kept")
		case seen:
			d.Problemf(path+".token", "is the same as on line %d; give each caller a token of its own", first)
		case len(token) < shortToken:
			d.Warnf(path+".token", "is shorter than %d characters and may be guessed; make one with: openssl rand -hex 32", shortToken)
		}
		tokens[token] = d.Line(path + ".token")
	}
	if host, _, _ := net.SplitHostPort(a.Listen); len(a.Tokens) == 0 && mode != ForWorker && !isLoopback(host) {
		d.Warnf("api.listen", "without api.tokens everyone who reaches this address may start and cancel syncs")
	}
}

// shortToken is the length below which a token is worth a warning.
const shortToken = 16

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// nameLike is what names of sources and callers look like: they stand in URLs,
// logs, metrics and shell commands.
const nameLike = `^[a-z0-9][a-z0-9_.-]{0,62}$`

// checkName refuses a name that is missing, odd or taken.
func checkName(d *strictyaml.Decoder, path, name string, taken map[string]int) {
	d.Literal(path)
	line, seen := taken[name]
	switch {
	case name == "" && !d.Has(path):
		d.Problemf(path, "missing; write one, e.g. name: gitlab")
	case !regexp.MustCompile(nameLike).MatchString(name):
		d.Refusef(path, name, "is not a name; write 1 to 63 of a-z, 0-9, _ . and -, beginning with a letter or digit")
	case seen:
		d.Refusef(path, name, "is taken already on line %d; write another name", line)
	default:
		taken[name] = d.Line(path)
	}
}

// checkListen refuses what a server cannot listen on.
func checkListen(d *strictyaml.Decoder, path, address string) {
	_, port, err := net.SplitHostPort(address)
	if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil {
		d.Refusef(path, address, "is not an address to listen on; write host:port, e.g. 127.0.0.1:8001, or :8001 for all addresses")
	}
}

// within refuses a number, duration or size outside of sensible bounds.
func within[N int | int32 | float64 | time.Duration | quantity.Size](d *strictyaml.Decoder, path string, value, low, high N) {
	if value < low || value > high {
		d.Refusef(path, written(value), "is out of range; write %s to %s", written(low), written(high))
	}
}

// written returns a value as it is written in the file.
func written(value any) string {
	switch value := value.(type) {
	case time.Duration:
		return quantity.FormatDuration(value)
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

// checkSources reports what is wrong with the settings that every kind has.
func checkSources(d *strictyaml.Decoder, sources []Source, drivers []source.Driver) {
	names := map[string]int{}
	for i := range sources {
		// Nil when the element is no mapping, which is reported already.
		if sources[i].Options == nil {
			continue
		}
		sources[i].check(d, fmt.Sprintf("sources[%d].", i), names, drivers)
	}
	if len(sources) == 0 {
		d.Warnf("sources", "there are none yet, so there is nothing to sync; see holdfast.example.yaml")
	}
}

func (s *Source) check(d *strictyaml.Decoder, path string, names map[string]int, drivers []source.Driver) {
	checkName(d, path+"name", s.Name, names)
	d.Literal(path + "kind")
	kinds := make([]string, 0, len(drivers))
	for _, driver := range drivers {
		kinds = append(kinds, driver.Kind)
		if driver.Kind == s.Kind {
			s.driver = driver
		}
	}
	d.OneOf(path+"kind", s.Kind, kinds...)
	d.OneOf(path+"mode", s.Mode, project.ModeFull, project.ModeIncremental)
	within(d, path+"full_every", s.FullEvery, time.Minute, 365*24*time.Hour)
	within(d, path+"absent_runs", s.AbsentRuns, 1, 1000)
	within(d, path+"max_delete_share", s.MaxDeleteShare, 0, 1)
	// What is wrong may have come from a secret by mistake: Check shows the rest.
	if d.Failed(path + "name") {
		s.Name = ""
	}
	if d.Failed(path + "kind") {
		s.Kind = ""
	}
	for j, field := range s.VolatileFields {
		if field == "" {
			d.Problemf(fmt.Sprintf("%svolatile_fields[%d]", path, j), "is empty; write the name of a top-level key of the record")
		}
	}
}
