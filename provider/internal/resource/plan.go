// SPDX-License-Identifier: Apache-2.0

package resource

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/gateway"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/planned"
)

// ModifyPlan keeps spellings that mean the same, and checks the object against
// what else is planned and against what the gateway has.
func (o *object) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if o.gateway == nil {
		return
	}
	if req.Plan.Raw.IsNull() {
		o.planDelete(&resp.Diagnostics, o.key(req.State.Raw))
		return
	}
	plan, err := o.shape.Keep(req.Plan.Raw, req.State.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Cannot read the plan", err.Error())
		return
	}
	resp.Plan.Raw = plan
	key, before := o.key(plan), o.key(req.State.Raw)
	if before.ID != "" && key.ID != "" && before != key {
		o.planDelete(&resp.Diagnostics, before) // a new id is another object
		resp.Diagnostics.Append(forgetRevision(ctx, resp.Private)...)
	}
	d, missing, err := o.shape.Outgoing(req.Config.Raw, plan, req.State.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Cannot read the plan", err.Error())
		return
	}
	o.invalid(&resp.Diagnostics, missing)
	if key.ID == "" || resp.Diagnostics.HasError() {
		return
	}
	value, errs := o.shape.Check(d)
	o.invalid(&resp.Diagnostics, errs)
	unchanged := plan.Equal(req.State.Raw)
	o.planPut(&resp.Diagnostics, key, value, d.JSON, !unchanged)
	switch _, err := revisionOf(ctx, req.Private); {
	case before == key:
		if o.gateway.Plan.Hold(key) {
			o.twice(&resp.Diagnostics, key)
		}
	case before.ID == "" && err != nil: // with a revision, it replaces itself
		o.planCreate(ctx, &resp.Diagnostics, key)
	}
	if unchanged || len(d.Unknown) > 0 || resp.Diagnostics.HasError() {
		return
	}
	problems, asked := o.dryRun(ctx, &resp.Diagnostics, d.JSON)
	if !asked {
		return
	}
	o.judge(&resp.Diagnostics, problems)
	if before == key { // what is created, or replaced, holds nothing when it is written
		o.planWaits(&resp.Diagnostics, key, problems)
	}
}

// planDelete notes that the object goes.
func (o *object) planDelete(diags *diag.Diagnostics, key api.Key) {
	users, created := o.gateway.Plan.Delete(key)
	if created {
		o.deletedAndCreated(diags, key)
	}
	for _, user := range users {
		diags.AddError("Object in use", fmt.Sprintf("This plan deletes %s while %s still refers to it. Refer to an object that stays, "+
			"by penstock_%s.NAME.id rather than by its id in quotes.", key, user, key.Kind))
	}
}

// planPut notes that the object will be as planned. Its value is nil while
// parts of it are not known: then it claims nothing yet.
func (o *object) planPut(diags *diag.Diagnostics, key api.Key, value any, document []byte, changes bool) {
	put := planned.Put{Changes: changes}
	if value != nil {
		put.Refs = o.shape.Kind.Type.References(document)
		if claimer, ok := value.(api.Claimer); ok {
			put.Claims = claimer.Claims()
		}
	}
	conflicts, dangling := o.gateway.Plan.Put(key, put)
	for _, c := range conflicts {
		path, message := api.ExplainClaim(c.Claim, c.Other)
		o.at(diags, path, "Conflict with another object", message)
	}
	for _, c := range dangling {
		o.at(diags, c.Path, "Reference to nothing", fmt.Sprintf("%s is deleted by this plan%s", c.Other, hintReference(&c.Other)))
	}
}

// planCreate finds out whether the object is there already. One that Terraform
// has read in this run is its own, tainted and to be replaced, or the plan tells
// of the other resource that has it.
func (o *object) planCreate(ctx context.Context, diags *diag.Diagnostics, key api.Key) {
	twice, deleted := o.gateway.Plan.Create(key)
	switch {
	case twice:
		o.twice(diags, key)
		return
	case deleted:
		o.deletedAndCreated(diags, key)
		return
	case o.gateway.Plan.WasRead(key):
		return
	}
	_, found, err := o.gateway.Get(ctx, key)
	switch {
	case err != nil:
		o.unasked(diags, key, err)
	case found:
		o.exists(diags, key)
	}
}

func (o *object) twice(diags *diag.Diagnostics, key api.Key) {
	o.at(diags, "id", "Object given twice", fmt.Sprintf("two resources of this configuration are the %s %q; ids are unique among objects of a kind", o.words(), key.ID))
}

func (o *object) deletedAndCreated(diags *diag.Diagnostics, key api.Key) {
	o.at(diags, "id", "Object given twice", fmt.Sprintf("this plan deletes the %s %q in one resource and creates it in another, in no certain order; "+
		"use a moved block to keep the object. If Terraform calls the one that it deletes deposed, an object was to be replaced by one of the same id with create_before_destroy, "+
		"which cannot be: take that out, run terraform state rm, and import the object", o.words(), key.ID))
}

// dryRun asks the gateway what it would say, and reports whether it could be
// asked.
func (o *object) dryRun(ctx context.Context, diags *diag.Diagnostics, document []byte) (problems []api.Problem, asked bool) {
	problems, err := o.gateway.Validate(ctx, o.shape.Kind.Name, document)
	if err != nil {
		o.unasked(diags, api.Key{Kind: o.shape.Kind.Name}, err)
	}
	return problems, err == nil
}

// judge reports what the gateway found wrong. What the rest of the plan puts
// right is no problem.
func (o *object) judge(diags *diag.Diagnostics, problems []api.Problem) {
	var wrong []api.Problem
	for _, p := range problems {
		switch {
		case p.Other == nil:
			wrong = append(wrong, p)
		case p.Code == api.CodeUnknownReference && o.gateway.Plan.Has(*p.Other):
		case p.Code == api.CodeConflict && o.gateway.Plan.Changes(*p.Other):
			// planPut has judged by what the other will be.
		case p.Code == api.CodeConflict && !o.gateway.Plan.Has(*p.Other):
			diags.AddWarning("Conflict with another object", fmt.Sprintf(
				"%s. Unless this plan changes or deletes %s too, the gateway will refuse to apply it.", p, p.Other))
		default:
			wrong = append(wrong, p)
		}
	}
	o.problems(diags, wrong)
}

// planWaits notes which objects have to give something up before this one can
// be written, and reports a circle of them: whichever is planned last closes it.
func (o *object) planWaits(diags *diag.Diagnostics, key api.Key, problems []api.Problem) {
	for _, p := range problems {
		if p.Code != api.CodeConflict || p.Other == nil {
			continue
		}
		if circle := o.gateway.Plan.Wait(key, *p.Other); circle != nil {
			o.at(diags, p.Path, "Conflict with another object", exchange(circle))
			return
		}
	}
}

// exchange says that objects of one kind wait for each other.
func exchange(circle []api.Key) string {
	names := make([]string, len(circle))
	for i, key := range circle {
		names[i] = key.String()
	}
	last := len(names) - 1
	through := map[string]string{
		api.KindRoute: "path", api.KindListener: "address", api.KindCredential: "secret",
	}[circle[0].Kind]
	return fmt.Sprintf("%s and %s exchange what they hold; Terraform writes one object at a time: do it in two steps, through a third %s. "+
		"Apply with a %s for %s that none of them has now, then apply this",
		strings.Join(names[:last], ", "), names[last], through, through, names[0])
}

// unasked reports that the gateway could not be asked at plan time. The plan
// itself may create it, so that is a warning; a refusal is an error.
func (o *object) unasked(diags *diag.Diagnostics, key api.Key, err error) {
	switch {
	case errors.Is(err, gateway.ErrNotKnown):
	case errors.Is(err, client.ErrUnavailable):
		diags.AddWarning("Plan not checked by the gateway", fmt.Sprintf("The gateway could not be asked whether it would take this plan: %s. "+
			"What only it can tell, such as a reference to an object that does not exist, shows when the plan is applied.", err))
	default:
		o.refused(diags, "check", key, err)
	}
}
