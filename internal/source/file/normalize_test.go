package file_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
	"holdfast/internal/source/file"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	day := time.Date(2021, 11, 15, 10, 30, 0, 0, time.UTC)
	for _, test := range []struct {
		name, config, raw string
		want              project.Project
	}{
		{
			"the usual names of a GitLab export", "path: a.json",
			`{"id":7,"name":"N","path_with_namespace":"g/p","path":"p","description":"","web_url":"https://x/g/p","visibility":"internal",
			"archived":false,"default_branch":null,"namespace":{"full_path":"g"},"topics":["a",null,"b"],"star_count":3,"forks_count":0,
			"created_at":"2021-11-15T10:30:00.000Z","updated_at":"2021-11-15T11:30:00+01:00","last_activity_at":"2021-11-15 10:30:00 UTC"}`,
			project.Project{
				ExternalID: "7", Name: "N", FullPath: "g/p", Description: new(""), WebURL: new("https://x/g/p"), Visibility: new("internal"),
				Archived: new(false), Owner: new("g"), Topics: []string{"a", "b"}, Stars: new(int64(3)), Forks: new(int64(0)),
				CreatedAt: &day, UpdatedAt: &day, LastActivityAt: &day,
			},
		},
		{
			"the usual names of a GitHub export", "path: a.ndjson",
			`{"id":8,"name":"r","full_name":"o/r","owner":{"login":"o"},"license":{"spdx_id":"MIT"},"html_url":"https://x","pushed_at":"2021-11-15T10:30:00Z"}`,
			project.Project{
				ExternalID: "8", Name: "r", FullPath: "o/r", Owner: new("o"), License: new("MIT"), WebURL: new("https://x"), LastActivityAt: &day,
			},
		},
		{
			"empty CSV fields are null", "path: a.csv\nid: key no",
			`{"key no":"9","Project Name":"P","description":"","stars":"4.0","forks":" 2 ","is-archived":"True","topics":"x; y,z ,","license":""}`,
			project.Project{
				ExternalID: "9", Name: "P", FullPath: "P", Stars: new(int64(4)), Forks: new(int64(2)), Archived: new(true), Topics: []string{"x", "y", "z"},
			},
		},
		{
			"what is only found by its name may mean something else", "path: a.csv\nid: id",
			`{"id":"9","key":"K/x","stars":"many","archived":"unknown","created":"last spring"}`,
			project.Project{ExternalID: "9", Name: "x", FullPath: "K/x"},
		},
		{
			"a mapping beats the usual names", "path: a.json\nid: a.b\nfields: {name: x.y, description: text, stars: n, created_at: day}",
			`{"a":{"b":"q"},"x":{"y":"deep"},"name":"no","text":null,"description":"no","n":9007199254740993,"day":"2021-11-15 10:30"}`,
			project.Project{ExternalID: "q", Name: "deep", FullPath: "deep", Stars: new(int64(9007199254740993)), CreatedAt: &day},
		},
		{
			"dots in a CSV header mean nothing", "path: a.csv\nid: a.b\nfields: {name: x.y}", `{"a.b":"1","x.y":"n"}`,
			project.Project{ExternalID: "1", Name: "n", FullPath: "n"},
		},
		{"a record with an id alone", "path: a.json", `{"id":"only"}`, project.Project{ExternalID: "only", Name: "only", FullPath: "only"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := newSource(t, "", test.config).Normalize([]byte(test.raw))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("project (-want +got):\n%s", diff)
			}
		})
	}
}

// What the configuration maps must be readable.
func TestNormalizeRefuses(t *testing.T) {
	t.Parallel()
	for field, cases := range map[string]map[string]string{
		"created_at": {
			`"last spring"`: "is not a date", `"2021-13-01"`: "is not a date", `"0000-01-01"`: "is not a date", `"12345-01-01"`: "is not a date",
			`7`: "is not a date",
		},
		"stars":    {`"many"`: "whole number", `"1.5"`: "whole number", `1e300`: "whole number", `"NaN"`: "whole number", `{}`: "whole number"},
		"archived": {`"maybe"`: "neither true nor false", `2`: "neither true nor false"},
		"name":     {`{}`: "is not a text", `[1]`: "is not a text"},
		"topics":   {`7`: "is not a list", `[{}]`: "is not a list of texts"},
	} {
		s := newSource(t, "", "path: a.json\nfields: {"+field+": x}")
		for value, says := range cases {
			_, err := s.Normalize([]byte(`{"id":1,"x":` + value + `}`))
			if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), field) {
				t.Errorf("%s = %s: %v, want %q", field, value, err, says)
			}
		}
	}
	if _, err := newSource(t, "", "path: a.json").Normalize([]byte(`{"name":"no id"}`)); err == nil {
		t.Error("a record without an id was read")
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	s := newSource(t, "", "path: a.json\nfields: {created_at: x}")
	for text, want := range map[string]string{
		"2021-11-15T10:30:00Z":            "2021-11-15T10:30:00Z",
		"2021-11-15T10:30:00.123456Z":     "2021-11-15T10:30:00.123456Z",
		"2021-11-15T10:30:00.000+0100":    "2021-11-15T09:30:00Z",
		"2021-11-15T10:30:00":             "2021-11-15T10:30:00Z",
		"2021-11-15 10:30:00.5+00":        "2021-11-15T10:30:00.5Z",
		"2021-11-15 10:30:00+01:00":       "2021-11-15T09:30:00Z",
		"2021-11-15 10:30:00 +0100":       "2021-11-15T09:30:00Z",
		"2021-11-15 10:30:00":             "2021-11-15T10:30:00Z",
		"2021/11/15 10:30:00":             "2021-11-15T10:30:00Z",
		" 2021-11-15 ":                    "2021-11-15T00:00:00Z",
		"Mon, 15 Nov 2021 10:30:00 +0100": "2021-11-15T09:30:00Z",
	} {
		raw, err := json.Marshal(map[string]string{"id": "1", "x": text})
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Normalize(raw)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := p.CreatedAt.Format(time.RFC3339Nano); got != want {
			t.Errorf("%q is read as %s, want %s", text, got, want)
		}
	}
}

// A changed reading rule has another name, so that every row is read anew.
func TestVersion(t *testing.T) {
	t.Parallel()
	versions := map[string]string{}
	for _, config := range []string{
		"path: a.json", "path: a.ndjson", "path: a.json\nid: key", "path: a.json\nfields: {name: x}", "path: a.json\nfields: {name: y}",
		"path: a.csv\nid: id", "path: a.csv\nid: [id, x]",
	} {
		version := newSource(t, "", config).Version()
		if other, taken := versions[version]; taken {
			t.Errorf("%q and %q have the same version", config, other)
		}
		versions[version] = config
	}
	if a, b := newSource(t, "", "path: a.json"), newSource(t, "", "path: b.json.gz\npage_size: 5\nitems: x"); a.Version() != b.Version() {
		t.Error("the version depends on what does not change the reading of a record")
	}
}

func TestBadOptions(t *testing.T) {
	t.Parallel()
	for config, says := range map[string]string{
		"format: csv":                                 "path: write the file",
		"path: a.txt":                                 "write csv, ndjson or json",
		"path: a.csv\nformat: xls":                    "write csv, ndjson or json",
		"path: a.csv\ncompression: zip":               "write gzip or none",
		"path: a.csv":                                 "id: write the name of the column",
		"path: a.csv\nid: []":                         "or a list of names",
		"path: a.csv\nid: \"\"":                       "or a list of names",
		"path: a.csv\nid: [a, 7]":                     "or a list of names",
		"path: a.csv\nid: [a, a]":                     "or a list of names",
		"path: a.csv\nid: 7":                          "or a list of names",
		"path: a.csv\nid: {a: b}":                     "or a list of names",
		"path: a.csv\nid: a\ndelimiter: xx":           "delimiter: write one character",
		"path: a.csv\nid: a\ndelimiter: '\"'":         "delimiter: write one character",
		"path: a.json\ndelimiter: ;":                  "a json file has none",
		"path: a.csv\nid: a\nitems: x":                "a csv file is a list already",
		"path: a.csv\nid: a\npartitions: 2":           "only a plain ndjson file",
		"path: a.ndjson.gz\npartitions: 2":            "only a plain ndjson file",
		"path: a.ndjson\npartitions: -1":              "from 1 to 256",
		"path: a.ndjson\npage_size: 20000":            "from 1 to 10000",
		"path: a.ndjson\nmax_record_size: 1B":         "from 1KiB to 256MiB",
		"path: a.json\nfields: {fullpath: x}":         `no column "fullpath"; write one of name, full_path`,
		"path: a.json\nfields: {name: \"\"}":          "name is empty",
		"path: a.json\ncolour: red":                   "colour",
		"path: a.json\nfields: {external_id: number}": "no column",
	} {
		_, err := file.Driver().New(settings(t, "", config))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", config, err, says)
		}
	}
}
