package config_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"holdfast/internal/config"
	"holdfast/internal/source/kinds"
)

// exampleEnv has what holdfast.example.yaml takes from the environment.
func exampleEnv() env {
	return env{
		"DATABASE_URL": "postgres:///holdfast", "GITLAB_TOKEN": "glpat-example", "HOLDFAST_CI_TOKEN": "a-token-of-the-ci-job",
		"GITEA_TOKEN": "example",
	}
}

// The example at the root is valid, and is what the process would do without a file but for its sources.
func TestExampleIsValid(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load("../../holdfast.example.yaml", exampleEnv().get, config.ForWorker, kinds.All())
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Sources) < 3 {
		t.Errorf("the example shows %d sources", len(cfg.Sources))
	}
}

// What the example comments out is the default: without the comment signs it
// loads to the same configuration.
func TestExampleStatesTheDefaults(t *testing.T) {
	t.Parallel()
	text := readFile(t, "../../holdfast.example.yaml")
	settings, _, _ := strings.Cut(text, "\nsources:")
	settings = regexp.MustCompile(`(?m)^  # trusted_proxies:.*\n.*\n`).ReplaceAllString(settings, "")
	settings = regexp.MustCompile(`(?ms)^  # tokens:.*^# The worker`).ReplaceAllString(settings, "# The worker")
	uncommented := regexp.MustCompile(`(?m)^  # ([a-z_]+: )`).ReplaceAllString(settings, "  $1")
	if strings.Count(uncommented, "\n") < 40 || uncommented == settings {
		t.Fatal("the example has no commented keys any more")
	}
	plain, err := config.Load(write(t, "", nil), exampleEnv().get, config.ForWorker, kinds.All())
	if err != nil {
		t.Fatal(err)
	}
	stated, err := config.Load(write(t, uncommented, nil), exampleEnv().get, config.ForWorker, kinds.All())
	if err != nil {
		t.Fatal(err)
	}
	plain.Warnings, stated.Warnings = nil, nil
	if !reflect.DeepEqual(plain, stated) {
		t.Errorf("the example states other defaults:\n got %+v\nwant %+v", stated, plain)
	}
}
