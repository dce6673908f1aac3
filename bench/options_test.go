package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	t.Parallel()
	standard := options{rows: 20_000, pairs: 5, out: ".holdfast/bench", programs: "bin", database: "postgres://h/d"}
	changed := standard
	changed.rows, changed.only, changed.large = 5000, []string{"store", "tiny"}, true
	for name, test := range map[string]struct {
		args    string
		without bool
		want    options
		err     string
	}{
		"nothing":        {args: "", want: standard},
		"some":           {args: "-rows 5000 -only store,tiny -large", want: changed},
		"no database":    {without: true, err: "DATABASE_URL is not set"},
		"too few rows":   {args: "-rows 10", err: "-rows: write a number from 1000"},
		"no pair":        {args: "-pairs 0", err: "-pairs: write a number from 1"},
		"an unknown key": {args: "-only all", err: `-only: there is no measure "all"; write some of store,path`},
		"an argument":    {args: "fast", err: `unexpected argument "fast"`},
		"no number":      {args: "-rows many", err: "invalid value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			getenv := func(string) string { return "postgres://h/d" }
			if test.without {
				getenv = func(string) string { return "" }
			}
			got, err := parse(strings.Fields(test.args), getenv, &bytes.Buffer{})
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want one with %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(options{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCommandCanBeRepeated(t *testing.T) {
	t.Parallel()
	o := options{rows: 5000, pairs: 7, only: []string{"store", "tiny"}, large: true}
	if got, want := command(o), "ROWS=5000 PAIRS=7 LARGE=1 ONLY=store,tiny"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestMeasuresHaveKeysOfTheirOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, m := range measures() {
		if seen[m.key] || m.title == "" || m.run == nil {
			t.Errorf("measure %q is there twice or incomplete", m.key)
		}
		seen[m.key] = true
	}
}
