package jobs_test

import (
	"flag"
	"testing"

	"go.uber.org/goleak"
)

// propertyChecks is how often the properties are checked unless -rapid.checks
// says otherwise: each check is dozens of transactions on the real Postgres.
const propertyChecks = "20"

func TestMain(m *testing.M) {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "rapid.checks" })
	if !chosen {
		if err := flag.Set("rapid.checks", propertyChecks); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}
