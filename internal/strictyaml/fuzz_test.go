package strictyaml_test

import (
	"errors"
	"strings"
	"testing"

	"holdfast/internal/strictyaml"
)

// Whatever the file, decoding ends without a panic, every problem has a place
// in the file, and none shows what came from the environment.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"", "text: a\n", "list: [a, ${X}]", "nested:\n  a: ${X}\n", "int: ${X}\nflag: ${X}\naddr: ${X}\n", "free: {a: [1, {b: c}]}",
		"secret: ${X}\nsecret_file: ${X}\n", "a: &a 1\nb: *a\n<<: {c: 1}\n", "? [a]\n: b\n", "structs:\n- a: |\n    x\n- \n", "text: \"\\u00e9\"",
		"- a", "---\na: b\n---\nc: d\n", "!!map {a: b}", "%YAML 1.2\n---\na: b\n", "size: 1MiB\nwait: 3d\nnet: ::/0\n", "'it''s': \"${X}\"",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const value = "v4lue-0f-the-environment"
		root, err := strictyaml.Parse("f.yaml", []byte(text))
		if err == nil {
			d := strictyaml.NewDecoder(root, strictyaml.Options{Getenv: func(string) string { return value }, Dir: t.TempDir()})
			d.Decode(&everything{})
			err = d.Err()
		}
		if err == nil {
			return
		}
		problems, ok := errors.AsType[strictyaml.Problems](err)
		if !ok || len(problems) == 0 || strings.Contains(err.Error(), value) {
			t.Fatalf("error %T: %v", err, err)
		}
		lines := strings.Count(text, "\n") + strings.Count(text, "\r") + 1
		for _, p := range problems {
			if p.Line < 0 || p.Line > lines+1 || p.Message == "" {
				t.Errorf("problem %+v in a file of %d lines", p, lines)
			}
		}
	})
}
