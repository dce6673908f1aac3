package strike

import (
	"context"
	"strconv"
	"time"

	"holdfast/chaos/schedule"
	"holdfast/internal/sampleforge"
)

func (s *strike) onSources() map[schedule.Kind]func(context.Context) (int, error) {
	injections := map[schedule.Kind]func(context.Context) (int, error){
		schedule.LyingTotal: s.lie,
		schedule.Outage:     s.outage,
	}
	for kind, fault := range map[schedule.Kind]sampleforge.Fault{
		schedule.RateLimit:    {Kind: sampleforge.FaultRateLimit, RetryAfter: time.Duration(1+s.Dice%2) * time.Second},
		schedule.ServerErrors: {Kind: sampleforge.FaultStatus, Status: []int{500, 502, 503}[s.Dice%3]},
		schedule.SignInPage:   {Kind: sampleforge.FaultHTML},
		schedule.CutBody:      {Kind: sampleforge.FaultTruncated},
		schedule.Hang:         {Kind: sampleforge.FaultHang},
		schedule.SlowSource:   {Kind: sampleforge.FaultLatency, Delay: time.Duration(300+s.Dice%700) * time.Millisecond},
	} {
		injections[kind] = func(ctx context.Context) (int, error) { return s.spoil(ctx, fault) }
	}
	return injections
}

func (s *strike) forge() *sampleforge.Forge { return s.Forges[s.dice.IntN(len(s.Forges))] }

// mark names a fault among those of its forge, in a field that it has no use for.
func (s *strike) mark() string { return "strike-" + strconv.FormatUint(s.Dice, 36) }

// left is how many requests the fault has still to hit.
func (s *strike) left(forge *sampleforge.Forge) int {
	for _, f := range forge.Faults() {
		if f.Group == s.mark() {
			return f.Count
		}
	}
	return 0
}

// spoil lets one to three requests go wrong.
func (s *strike) spoil(ctx context.Context, fault sampleforge.Fault) (int, error) {
	forge := s.forge()
	fault.Count, fault.Group = 1+s.dice.IntN(3), s.mark()
	if err := forge.Inject(fault); err != nil {
		return 0, err
	}
	err := eventually(ctx, func(context.Context) error {
		if s.left(forge) > 0 {
			return errNothingToHit
		}
		return nil
	})
	hits := fault.Count - s.left(forge)
	if hits > 0 {
		err = nil
	}
	return hits, err
}

// lie has the forge state a total that is not true, until a job has believed it.
func (s *strike) lie(ctx context.Context) (int, error) {
	const requests = 60
	total := 100_000 + s.dice.IntN(100_000)
	forge := s.forge()
	hits := 0
	err := eventually(ctx, func(ctx context.Context) error {
		if s.left(forge) == 0 {
			fault := sampleforge.Fault{Kind: sampleforge.FaultTotal, Total: total, Count: requests, Group: s.mark()}
			if err := forge.Inject(fault); err != nil {
				return err
			}
		}
		err := s.Pool.QueryRow(ctx, "select count(*) from sync_jobs where total = $1", total).Scan(&hits)
		if err == nil && hits == 0 {
			err = errNothingToHit
		}
		return err
	})
	return hits, err
}

// outage leaves a group out of every listing for a while, and counts the pages
// that were served meanwhile.
func (s *strike) outage(ctx context.Context) (int, error) {
	groups := []string{"acme/platform", "acme/web", "opendata", "data-platform"}
	group := groups[s.dice.IntN(len(groups))]
	forge := s.forge()
	before := forge.Counts().Pages
	if err := forge.SetOutage(group, true); err != nil {
		return 0, err
	}
	s.hold(ctx)
	err := eventually(ctx, func(context.Context) error {
		if forge.Counts().Pages == before {
			return errNothingToHit
		}
		return nil
	})
	hits := int(forge.Counts().Pages - before)
	_ = forge.SetOutage(group, false)
	return hits, err
}
