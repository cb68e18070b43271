// SPDX-License-Identifier: Apache-2.0

package resource

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// Create makes the object; it must not exist.
func (o *object) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	key := o.key(req.Plan.Raw)
	none := tftypes.NewValue(req.Plan.Raw.Type(), nil)
	d, missing, err := o.shape.Outgoing(req.Config.Raw, req.Plan.Raw, none)
	if err != nil || len(missing) > 0 {
		o.unsendable(&resp.Diagnostics, missing, err)
		return
	}
	stored, err := o.gateway.Create(ctx, key, d.JSON)
	if errors.Is(err, client.ErrRevision) {
		o.exists(&resp.Diagnostics, key)
		return
	}
	if err != nil {
		o.refused(&resp.Diagnostics, "create", key, err)
		return
	}
	resp.Diagnostics.Append(keepRevision(ctx, resp.Private, stored.Revision)...)
	o.store(&resp.Diagnostics, &resp.State, stored.Object, req.Plan.Raw)
	o.inUse(ctx, &resp.Diagnostics, key, stored.Revision)
}

// Read shows the object as the gateway has it, in the state's own spelling.
func (o *object) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	key := o.key(req.State.Raw)
	stored, found, err := o.gateway.Get(ctx, key)
	if err != nil {
		o.refused(&resp.Diagnostics, "read", key, err)
		return
	}
	if !found {
		resp.State.RemoveResource(ctx)
		return
	}
	o.gateway.Plan.Read(key)
	resp.Diagnostics.Append(keepRevision(ctx, resp.Private, stored.Revision)...)
	o.store(&resp.Diagnostics, &resp.State, stored.Object, req.State.Raw)
}

// Update changes the object; it must be what it was when Terraform read it.
func (o *object) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	key := o.key(req.Plan.Raw)
	d, missing, err := o.shape.Outgoing(req.Config.Raw, req.Plan.Raw, req.State.Raw)
	if err != nil || len(missing) > 0 {
		o.unsendable(&resp.Diagnostics, missing, err)
		return
	}
	at, err := revisionOf(ctx, req.Private)
	if err != nil {
		resp.Diagnostics.AddError("Cannot read the state", fmt.Sprintf("The state has no revision of %s: run terraform refresh, then plan again.", key))
		return
	}
	stored, err := o.gateway.Update(ctx, key, d.JSON, at)
	if errors.Is(err, client.ErrRevision) {
		resp.Diagnostics.AddError("Object changed meanwhile", fmt.Sprintf("Somebody else changed %s after this plan was made, so it is left as it is. "+
			"Run terraform plan again to see what it has become.", key))
		return
	}
	if err != nil {
		o.refused(&resp.Diagnostics, "update", key, err)
		return
	}
	resp.Diagnostics.Append(keepRevision(ctx, resp.Private, stored.Revision)...)
	o.store(&resp.Diagnostics, &resp.State, stored.Object, req.Plan.Raw)
	o.inUse(ctx, &resp.Diagnostics, key, stored.Revision)
}

// Delete removes the object; it is no failure that it is gone already.
func (o *object) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	key := o.key(req.State.Raw)
	err := o.gateway.Delete(ctx, key)
	refusal, ok := errors.AsType[*client.Error](err)
	switch {
	case err == nil:
	case ok && refusal.Code == api.CodeInUse:
		var by []string
		for _, p := range refusal.Problems {
			if p.Other != nil {
				by = append(by, p.Other.String())
			}
		}
		advice := ""
		if _, err := revisionOf(ctx, req.Private); err != nil { // the plan forgets it to give the object a new id
			advice = " To give it a new id, make the new object first:\n\n  lifecycle {\n    create_before_destroy = true\n  }"
		}
		resp.Diagnostics.AddError("Object in use", fmt.Sprintf("%s cannot be deleted while these refer to it: %s. Change or delete them first. "+
			"Terraform finds the order by itself where they refer to it as penstock_%s.NAME.id.%s", key, strings.Join(by, ", "), key.Kind, advice))
	default:
		o.refused(&resp.Diagnostics, "delete", key, err)
	}
}

// store writes the gateway's document to the state, in the spelling of a
// prior value where that means the same.
func (o *object) store(diags *diag.Diagnostics, state *tfsdk.State, document []byte, prior tftypes.Value) {
	v, foreign, err := o.shape.Value(document, prior)
	if err != nil {
		diags.AddError("Cannot read the gateway's answer", err.Error())
		return
	}
	for _, path := range foreign {
		diags.AddWarning("Setting not known to this provider", fmt.Sprintf("The gateway's %s has %s, which this version of the provider does not know: "+
			"the next change to it by Terraform would remove it. Use a provider of the gateway's version.", o.key(v), path))
	}
	state.Raw = v
}

// inUse warns of what the gateway has stored and cannot use, such as a listener
// on an address that another program has.
func (o *object) inUse(ctx context.Context, diags *diag.Diagnostics, key api.Key, revision int64) {
	problems := o.gateway.Unusable(ctx, key, revision)
	if len(problems) == 0 {
		return
	}
	lines := []string{"the gateway has stored it, and the node that was asked cannot use it now:"}
	for _, p := range problems {
		line := p.Message
		if at := o.shape.Place(p.Path).Text; at != "" {
			line = at + ": " + line
		}
		lines = append(lines, line)
	}
	warning := diag.NewWarningDiagnostic("Written, but not in use", strings.Join(lines, "\n"))
	diags.Append(pointing(o.shape.Place(problems[0].Path).Path, warning))
}

func (o *object) unsendable(diags *diag.Diagnostics, missing schema.Errors, err error) {
	if err != nil {
		diags.AddError("Cannot read the plan", err.Error())
	}
	o.invalid(diags, missing)
}
