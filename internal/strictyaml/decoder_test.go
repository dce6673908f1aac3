package strictyaml_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/quantity"
	"holdfast/internal/source"
	"holdfast/internal/strictyaml"
)

// everything has a field of each supported type.
type everything struct {
	Inline `yaml:",inline"`

	Text     string         `yaml:"text"`
	Flag     bool           `yaml:"flag"`
	Int      int32          `yaml:"int"`
	Uint     uint8          `yaml:"uint"`
	Float    float64        `yaml:"float"`
	Pointer  *int           `yaml:"pointer"`
	Wait     time.Duration  `yaml:"wait"`
	Size     quantity.Size  `yaml:"size"`
	Net      netip.Prefix   `yaml:"net"`
	Addr     netip.Addr     `yaml:"addr"`
	Secret   source.Secret  `yaml:"secret"`
	SecretP  *source.Secret `yaml:"secret_p"`
	List     []string       `yaml:"list"`
	Map      map[string]int `yaml:"map"`
	Nested   *nested        `yaml:"nested"`
	Structs  []nested       `yaml:"structs"`
	Free     any            `yaml:"free"`
	Untagged string
	Skipped  string `yaml:"-"`
}

type nested struct {
	A string `yaml:"a"`
}

// Inline is exported as an embedded field has to be.
type Inline struct {
	Inlined string `yaml:"inlined"`
}

func decode(t *testing.T, text string, into any, opts strictyaml.Options) (*strictyaml.Decoder, error) {
	t.Helper()
	root, err := strictyaml.Parse("f.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if opts.Getenv == nil {
		opts.Getenv = func(string) string { return "" }
	}
	d := strictyaml.NewDecoder(root, opts)
	d.Decode(into)
	return d, d.Err()
}

func TestDecodeEveryType(t *testing.T) {
	t.Parallel()
	var got everything
	_, err := decode(t, `
text: 1.10
flag: true
int: -5
uint: 255
float: 1e3
pointer: 7
wait: 1d
size: 1KiB
net: 10.0.0.0/8
addr: ::1
secret: a
secret_p: b
list: [x, 007, "y"]
map: {one: 1, 2: 2}
nested: {a: b}
structs:
- a: |
    two
    lines
- {}
free: [1, 1.5, true, text, null, {k: [v]}]
untagged: u
inlined: i
`, &got, strictyaml.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := everything{
		Text: "1.10", Flag: true, Int: -5, Uint: 255, Float: 1000, Pointer: new(7), Wait: 24 * time.Hour, Size: 1024,
		Net: netip.MustParsePrefix("10.0.0.0/8"), Addr: netip.MustParseAddr("::1"),
		Secret: source.NewSecret("a"), SecretP: new(source.NewSecret("b")),
		List: []string{"x", "007", "y"}, Map: map[string]int{"one": 1, "2": 2},
		Nested: &nested{"b"}, Structs: []nested{{"two\nlines\n"}, {}},
		Free:     []any{int64(1), 1.5, true, "text", nil, map[string]any{"k": []any{"v"}}},
		Untagged: "u", Inline: Inline{"i"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(source.Secret{}, everything{}),
		cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
		cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

// Editors on Windows write a byte order mark and CRLF.
func TestDecodeWindowsText(t *testing.T) {
	t.Parallel()
	var got everything
	if _, err := decode(t, "\ufefftext: a\r\nlist:\r\n- b\r\n", &got, strictyaml.Options{}); err != nil {
		t.Fatal(err)
	}
	if got.Text != "a" || len(got.List) != 1 || got.List[0] != "b" {
		t.Errorf("decoded %+v", got)
	}
}

// A section whose keys are all commented out is empty, not wrong.
func TestDecodeEmptySections(t *testing.T) {
	t.Parallel()
	got := everything{Text: "default"}
	if _, err := decode(t, "nested:\nlist:\nmap:\nstructs:\nfree:\n", &got, strictyaml.Options{}); err != nil {
		t.Fatal(err)
	}
	if got.Text != "default" || got.Nested == nil || len(got.List)+len(got.Map)+len(got.Structs) != 0 {
		t.Errorf("decoded %+v", got)
	}
}

func TestDecodeRefusals(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"addr: x":              `f.yaml:1:7: addr: "x" is not valid: ParseAddr("x"): unable to parse IP`,
		"addr: ${X}":           `f.yaml:1:7: addr: the value of ${X} is not valid`,
		"int: 2147483648":      `f.yaml:1:6: int: "2147483648" is not a whole number in range; write one, e.g. 8`,
		"uint: -1":             `f.yaml:1:7: uint: "-1" is not a whole number in range; write one of 0 or more, e.g. 8`,
		"pointer:":             `f.yaml:1:10: pointer: has no value; write one or remove the key`,
		"nested: {b: 1}":       `f.yaml:1:10: unknown key "b"; did you mean "a"?`,
		"nested: {inlined: 1}": `f.yaml:1:10: unknown key "inlined"; remove it, or write one of a`,
		"skipped: 1":           `f.yaml:1:1: unknown key "skipped"; remove it, or write one of addr, flag, float, free, inlined, int, list, map, nested, net, pointer, secret, secret_file, secret_p, secret_p_file, size, structs, text, uint, untagged, wait`,
		"map: {a: 1, a: 2}":    `f.yaml:1:13: "a" is already given on line 1; remove one of them`,
		"free: {a: *b}":        `f.yaml:1:11: a: must be a single value, not an anchor, alias or tag`,
		"list: [a, {}]":        `f.yaml:1:11: list[1]: must be a single value, not a mapping`,
		"text: aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee\nflag: aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee": `f.yaml:2:7: flag: "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd…" is neither true nor false; write one of them`,
	} {
		_, err := decode(t, text, &everything{}, strictyaml.Options{Getenv: func(name string) string { return "value of " + name }})
		if err == nil || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
	}
}

// The rest of a struct knows which keys the struct has taken.
func TestDecodeRest(t *testing.T) {
	t.Parallel()
	var outer struct {
		Items []struct {
			Name string           `yaml:"name"`
			Rest *strictyaml.Node `yaml:",inline"`
		} `yaml:"items"`
	}
	if _, err := decode(t, "items:\n- name: x\n  a: y\n  naem: z\n", &outer, strictyaml.Options{}); err != nil {
		t.Fatal(err)
	}
	var inner nested
	d := strictyaml.NewDecoder(outer.Items[0].Rest, strictyaml.Options{})
	d.Decode(&inner)
	want := `f.yaml:4:3: unknown key "naem"; did you mean "name"?`
	if err := d.Err(); err == nil || err.Error() != want || inner.A != "y" {
		t.Errorf("decoded %+v, %v; want %s", inner, err, want)
	}
}

// What is unresolved keeps its form checked and its field as it was.
func TestDecodeUnresolved(t *testing.T) {
	t.Parallel()
	opts := strictyaml.Options{Unresolved: func(path string) bool { return path != "wait" }}
	var got everything
	_, err := decode(t, "int: ${X}\nsecret_file: missing\ntext: literal\nwait: ${X}\nflag: ${\n", &got, opts)
	want := "f.yaml:4:7: wait: the environment variable X is not set or empty; set it, or write $${X} for the text itself\n" +
		"f.yaml:5:7: flag: ${ is not closed; write ${NAME}, or $${ for the text itself"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if got.Text != "literal" || got.Int != 0 || !got.Secret.IsZero() {
		t.Errorf("decoded %+v", got)
	}
}

func TestSecretFileWarnsOfOpenPermissions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for mode, warnings := range map[os.FileMode]int{0o600: 0, 0o640: 0, 0o644: 1} {
		file := filepath.Join(dir, mode.String())
		if err := os.WriteFile(file, []byte("s\n"), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil { // past the umask
			t.Fatal(err)
		}
		var got everything
		d, err := decode(t, "secret_file: "+file, &got, strictyaml.Options{Dir: "/nowhere"})
		if err != nil || got.Secret.Reveal() != "s" || len(d.Warnings()) != warnings {
			t.Errorf("mode %v: %q, %v, warnings %v; want %d of them", mode, got.Secret.Reveal(), err, d.Warnings(), warnings)
		}
	}
}

// Private keys are the one kind of secret that has lines.
func TestSecretOfSeveralLines(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n": true,
		"first\nsecond\n": false,
	} {
		file := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var got everything
		_, err := decode(t, "secret_file: "+file, &got, strictyaml.Options{})
		if (err == nil) != good || good && got.Secret.Reveal() != strings.TrimRight(text, "\n") {
			t.Errorf("%q: %q, %v", text, got.Secret.Reveal(), err)
		}
	}
}

func TestSecretFileTooLarge(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "s"), make([]byte, 64<<10+1), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := decode(t, "secret_file: s", &everything{}, strictyaml.Options{Dir: dir})
	want := `f.yaml:1:14: secret_file: "s" is larger than 64 KiB; is it the right file?`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	opts := strictyaml.Options{Getenv: func(string) string { return "from env" }}
	d, err := decode(t, "text: ${X}\nsecret: from env and more\nlist: [plain]\n", &everything{}, opts)
	if err != nil {
		t.Fatal(err)
	}
	got := d.Redact("from env, from env and more, from+env, from%20env, plain")
	if want := "[redacted], [redacted], [redacted], [redacted], plain"; got != want {
		t.Errorf("Redact = %q, want %q", got, want)
	}
}

func TestParseRefusesWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	deep := make([]byte, 2000)
	for i := range deep {
		deep[i] = '['
	}
	for want, text := range map[string][]byte{
		"f.yaml: nested deeper than 1000 levels":                                                                     deep,
		"f.yaml: larger than 1 MiB; is this the right file?":                                                         make([]byte, 1<<20+1),
		"f.yaml:1:7: not YAML: directives and tags are not supported; put a value that begins with ! or % in quotes": []byte("%YAML hunter2\n---\n"),
	} {
		_, err := strictyaml.Parse("f.yaml", text)
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
