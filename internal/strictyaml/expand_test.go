package strictyaml

import (
	"slices"
	"strings"
	"testing"
)

func TestTemplate(t *testing.T) {
	t.Parallel()
	getenv := func(name string) string { return map[string]string{"A": "1", "B_2": "${A}"}[name] }
	for text, want := range map[string]string{
		"": "", "plain": "plain", "${A}": "1", "x${A}y${A}": "x1y1", "$$": "$", "$${A}": "${A}", "$$${A}": "$1",
		"a$b": "a$b", "end$": "end$", "${B_2}": "${A}", "{$A}": "{$A}", "${A}}": "1}",
	} {
		parts, err := parseTemplate(text)
		if err != nil {
			t.Errorf("parseTemplate(%q): %v", text, err)
			continue
		}
		if got, _, missing := parts.fill(getenv); got != want || len(missing) > 0 {
			t.Errorf("fill(%q) = %q, missing %v; want %q", text, got, missing, want)
		}
	}
	for _, text := range []string{"${", "${}", "${A", "${1}", "${A B}", "${A:-x}", "${${A}}", "x${é}"} {
		if parts, err := parseTemplate(text); err == nil {
			t.Errorf("parseTemplate(%q) = %v, want an error", text, parts)
		}
	}
}

// Text without "$" stays as it is; whatever parses is filled with exactly its
// variables; an escaped text comes back; no error repeats the text.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"", "${A}", "$$", "$${A}", "${", "a$b${C}d", "${A:-b}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		escaped, err := parseTemplate(strings.ReplaceAll(text, "$", "$$"))
		if err != nil {
			t.Fatalf("the escaped text does not parse: %v", err)
		}
		if got, _, _ := escaped.fill(nil); got != text {
			t.Errorf("escaped %q came back as %q", text, got)
		}
		parts, err := parseTemplate(text)
		if err != nil {
			if len(text) > 8 && strings.Contains(err.Error(), text) {
				t.Errorf("the error repeats the text: %v", err)
			}
			return
		}
		var asked []string
		_, values, missing := parts.fill(func(name string) string {
			asked = append(asked, name)
			return "v"
		})
		if !slices.Equal(asked, parts.variables()) || len(values) != len(asked) || len(missing) > 0 {
			t.Errorf("%q: asked for %v, variables %v", text, asked, parts.variables())
		}
	})
}

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"token", "token_file", "url", "max_delete_share"}
	for key, want := range map[string]string{
		"tokn": "token", "Token": "token", "tokenFile": "token_file", "max-delete-share": "max_delete_share",
		"ulr": "url", "uri": "url", "schedule": "", "x": "", "": "",
	} {
		if got := nearest(key, known); got != want {
			t.Errorf("nearest(%q) = %q, want %q", key, got, want)
		}
	}
}
