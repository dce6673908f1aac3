package checkreport_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/checkreport"
	"holdfast/internal/project"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		report  *project.SourceReport
		failure *project.JobError
		want    string
	}{
		"all that can be said": {
			report: &project.SourceReport{
				Service: "GitLab 17.5", Account: "ann", Scopes: []string{"read_api", "read_user"}, Projects: new(int64(4000)),
				Notes: []string{"the token expires soon", "archived ones are listed"},
			},
			want: `src  ok
  reached   GitLab 17.5
  account   ann
  scopes    read_api, read_user
  projects  4000
  note      the token expires soon
  note      archived ones are listed
`,
		},
		"nothing but that it answers": {report: &project.SourceReport{}, want: "src  ok\n"},
		"no projects": {
			report: &project.SourceReport{Projects: new(int64(0))},
			want:   "src  ok\n  projects  0\n",
		},
		"rights are missing": {
			report: &project.SourceReport{Service: "GitHub", Missing: []string{"repo"}},
			want: `src  failed
  reached   GitHub
  missing   repo
  to do     give the credentials what is missing: without it a sync would list only a part
`,
		},
		"it needs a person": {
			failure: &project.JobError{Code: "unauthorized", Message: "the token has expired: make another"},
			want:    "src  failed\n  error     the token has expired: make another (unauthorized)\n",
		},
		"it may pass": {
			failure: &project.JobError{Code: "timeout", Message: "no answer", Retryable: true},
			want:    "src  failed\n  error     no answer (timeout)\n  to do     this may pass by itself: check again in a while\n",
		},
		"a service that draws on the terminal": {
			report: &project.SourceReport{Service: "Git\x1b[2JLab\r\n17\u009b1m"},
			want:   "src  ok\n  reached   Git [2JLab 17 1m\n",
		},
	} {
		var b strings.Builder
		err := checkreport.Write(&b, "src", test.report, test.failure)
		if diff := cmp.Diff(test.want, b.String()); err != nil || diff != "" {
			t.Errorf("%s: %v, (-want +got):\n%s", name, err, diff)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestWriteSaysWhenItCannot(t *testing.T) {
	t.Parallel()
	if err := checkreport.Write(full{}, "src", nil, nil); err == nil {
		t.Error("nothing was written, and nothing said")
	}
}
