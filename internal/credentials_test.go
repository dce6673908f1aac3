package internal_test

import (
	"bytes"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// credential is a form that credentials have. The first group of the pattern,
// or else the whole of it, is the credential itself.
type credential struct {
	name    string
	pattern *regexp.Regexp
	// random says that of what the pattern finds only random texts are meant.
	random bool
	// sample is a made-up one, in parts: whole, it would be found here.
	sample []string
}

// credentials are the forms of the services that Holdfast reads, of those that
// its developers use, and whatever stands behind a telling word. Six characters
// after a prefix are enough: nobody has to judge how much of a token may show.
func credentials() []credential {
	form := func(name, pattern string, sample ...string) credential {
		return credential{name: name, pattern: regexp.MustCompile(pattern), sample: sample}
	}
	return []credential{
		form("GitLab token", `\bgl[a-z]{2,5}-[\w-]{6,}`, "glpat", "-x7Kq2mVb81_s"),
		form("GitHub token", `\bgh[a-z]_\w{6,}`, "ghp", "_x7Kq2mVb81s"),
		form("GitHub fine-grained token", `\bgithub_pat_\w{6,}`, "github", "_pat_11AB22CD"),
		form("Atlassian token", `\bAT(?:ATT|CTT|BB)[\w=-]{6,}`, "ATA", "TT3xFfGF0T4J"),
		form("OpenProject token", `\bopapi-[\w-]{6,}`, "opa", "pi-8d7f6a5b4c"),
		form("Linear key", `\blin_(?:api|oauth)_\w{6,}`, "lin_", "api_8d7f6a5b4c"),
		form("Asana token", `\b\d/\d{8,}(?:/\d+)?:[0-9a-f]{16,}`, "2/1209876543", ":0123456789abcdef"),
		form("Slack token", `\bxox[a-z]-[\w-]{6,}`, "xo", "xb-123456789-abc"),
		form("AWS key", `\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`, "AKI", "AIOSFODNN7EXAMPLE"),
		form("Google key", `\bAIza[\w-]{20,}`, "AIz", "aSyA1234567890abcdefghij"),
		form("registry token", `\b(?:npm_|pypi-|dckr_pat_)\w{10,}`, "npm", "_x7Kq2mVb81sx7Kq2mVb"),
		form("payment key", `\b[rs]k_live_\w{6,}`, "sk_", "live_x7Kq2mVb"),
		form("JSON Web Token", `\beyJ[\w-]{8,}\.eyJ[\w-]{8,}`, "eyJhbGciOiJI", "UzI1NiJ9.eyJzdWIiOiIxMjM0"),
		form("private key", `-----BEGIN[A-Z ]* PRIVATE KEY-----(?:\s|\\[nr])*[A-Za-z0-9+/=]{8,}`, "-----BEGIN RSA", " PRIVATE KEY-----\nMIIEowIBAAKC"),
		form("password in an address", `\b[a-z][a-z0-9+.]*://[^\s:@/"'<>]*:([^\s:@/"'<>$%{]{4,})@`, "https://ann:hun", "ter2@forge.example"),
		{
			name: "random text behind a telling word", random: true,
			pattern: regexp.MustCompile(`(?i)(?:token|secret|passw(?:or)?d|passphrase|credential|api_?-?key|access_?-?key|private_?-?key|authorization)` +
				`["'\x60]?\s*(?::=|[:=,])\s*["'\x60]?(?:(?:bearer|basic|token)\s+)?([\w+/=-]{20,})`),
			sample: []string{"tok", "en: 8f14e45fceea167a5a36dedd4bea2543"},
		},
	}
}

// madeUp are what looks like credentials and is none, each with the reason why
// it stands where it does.
func madeUp() map[string]string {
	const (
		forged   = "the token of a test's own fake, with the prefix so that messages are tested with what people have"
		checked  = "stands where a password must not be, in a test that the message about it does not show it"
		instance = "the word itself, in an example of how to write an address"
	)
	return map[string]string{
		"glpat-s3cr3t": forged, "glpat-sample": forged, "glpat-example": forged, "ATATT-s3cr3t": forged, "opapi-s3cr3t": forged,
		"hunter2": checked, "hush-hush": checked, "s3cr3t": checked, "pass": checked,
		"password":  instance,
		"db-secret": "the database of a test that reads a configuration and connects to nothing",
	}
}

func TestTreeHoldsNoCredentials(t *testing.T) {
	t.Parallel()
	unused := madeUp()
	for _, file := range tracked(t) {
		text, err := os.ReadFile(filepath.Join("..", file))
		if os.IsNotExist(err) {
			continue // deleted, and not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range findCredentials(string(text)) {
			if _, known := madeUp()[found.value]; known {
				delete(unused, found.value)
				continue
			}
			t.Errorf("%s:%d has what looks like a credential (%s): take it out, and revoke it if it is real; if it is made up, "+
				"write into madeUp why it is needed", file, found.line, found.name)
		}
	}
	for _, value := range slices.Sorted(maps.Keys(unused)) {
		t.Errorf("%s… is nowhere in the tree any more: take it off the list", value[:min(len(value), 8)])
	}
}

func TestEveryFormOfCredentialIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range credentials() {
		text := "one line\n\tkey: \"" + strings.Join(c.sample, "") + "\"\n"
		found := findCredentials(text)
		if !slices.ContainsFunc(found, func(f finding) bool { return f.name == c.name && f.line == 2 }) {
			t.Errorf("%s: found %+v", c.name, found)
		}
	}
	for _, harmless := range []string{
		"token: ${GITLAB_TOKEN}", "token := strings.TrimSpace(text)", "password_file: /run/secrets/jira-password-1",
		"Token: source.NewSecret(value)", "https://forge.example.com:8443/a@b", "postgres://holdfast@127.0.0.1:5432/holdfast",
	} {
		if found := findCredentials(harmless); len(found) > 0 {
			t.Errorf("%s: found %+v", harmless, found)
		}
	}
}

// finding is a place that looks like a credential.
type finding struct {
	name, value string
	line        int
}

func findCredentials(text string) []finding {
	var found []finding
	for _, c := range credentials() {
		for _, at := range c.pattern.FindAllStringSubmatchIndex(text, -1) {
			begin, end := at[0], at[1]
			if len(at) > 2 {
				begin, end = at[2], at[3]
			}
			if value := text[begin:end]; !c.random || isRandom(value) {
				found = append(found, finding{name: c.name, value: value, line: 1 + strings.Count(text[:begin], "\n")})
			}
		}
	}
	return found
}

// isRandom tells generated texts from names: they have digits, letters, and few
// characters more than once. Hexadecimal digits have four bits each, names of
// this length rarely three and a half.
func isRandom(text string) bool {
	const bits = 3.2
	if !strings.ContainsAny(text, "0123456789") || !strings.ContainsAny(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz") {
		return false
	}
	counts := map[rune]float64{}
	for _, r := range text {
		counts[r]++
	}
	entropy := 0.0
	for _, n := range counts {
		p := n / float64(len(text))
		entropy -= p * math.Log2(p)
	}
	return entropy > bits
}

// tracked lists the files that are in the repository, or may get there.
func tracked(t *testing.T) []string {
	t.Helper()
	// The folder may belong to somebody else, as in a container.
	command := exec.CommandContext(t.Context(), "git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	command.Dir = ".."
	list, err := command.Output()
	if err != nil {
		t.Skipf("this is no checkout of the repository: %v", err)
	}
	files := strings.Split(string(bytes.TrimRight(list, "\x00")), "\x00")
	if len(files) < 100 {
		t.Fatalf("only %d files found: the test looks in the wrong place", len(files))
	}
	return files
}
