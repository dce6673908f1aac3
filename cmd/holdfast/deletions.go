package main

import (
	"context"
	"fmt"

	"holdfast/internal/openapi"
)

// deletions shows what a job held back, or decides about it.
func deletions(ctx context.Context, a *app) error {
	if len(a.args) == 1 {
		return a.showDeletions(ctx, a.args[0])
	}
	plan, err := a.decide(ctx, a.args[0], a.args[1])
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(plan)
	}
	switch plan.State {
	case openapi.DeletionPlanStateApproved:
		deleted := int64(0)
		if plan.Deleted != nil {
			deleted = *plan.Deleted
		}
		_, err = fmt.Fprintf(a.out, "%s of %s rows of %s got a tombstone; the others are back\n",
			grouped(deleted), grouped(plan.Held), plan.Source)
	default:
		_, err = fmt.Fprintf(a.out, "the %s rows of %s stay\n", grouped(plan.Held), plan.Source)
	}
	return err
}

func (a *app) decide(ctx context.Context, id, decision string) (*openapi.DeletionPlan, error) {
	switch decision {
	case "approve":
		response, err := a.client.ApproveDeletionsWithResponse(ctx, id)
		if err != nil {
			return nil, err
		}
		return shown(response.JSON200)
	case "discard":
		response, err := a.client.DiscardDeletionsWithResponse(ctx, id)
		if err != nil {
			return nil, err
		}
		return shown(response.JSON200)
	}
	return nil, usageError(fmt.Errorf("%q is neither approve nor discard", decision), seeHelp)
}

func (a *app) showDeletions(ctx context.Context, id string) error {
	var plan openapi.DeletionPlan
	params := openapi.GetDeletionsParams{}
	rows, next, err := collect(a.limit, func(size int, token *string) ([]openapi.Project, *string, error) {
		params.PageSize, params.PageToken = &size, token
		response, err := a.client.GetDeletionsWithResponse(ctx, id, &params)
		if err != nil {
			return nil, nil, err
		}
		page, err := shown(response.JSON200)
		if err != nil {
			return nil, nil, err
		}
		plan = page.Plan
		return page.Rows, page.NextPageToken, nil
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.printPage(openapi.Deletions{Plan: plan, Rows: rows, NextPageToken: next}, next)
	}
	_, err = fmt.Fprintf(a.out, "%s: %s of %s live rows of %s\n", plan.State, grouped(plan.Held), grouped(plan.Live), plan.Source)
	if err != nil {
		return err
	}
	if err := a.table("ID SOURCE PATH NAME CHANGED DELETED", projectRows(rows), next); err != nil {
		return err
	}
	if plan.State == openapi.DeletionPlanStateHeld {
		_, err = fmt.Fprintf(a.out, "delete them with: holdfast deletions %s approve\nkeep them with:   holdfast deletions %s discard\n", id, id)
	}
	return err
}
