// SPDX-License-Identifier: Apache-2.0

// Package resource is one Terraform resource, in as many shapes as the Admin
// API has kinds of object.
//
// What makes an object right is declared by the appliance, and checked three
// times: when Terraform validates, by the declarations alone; when it plans,
// by what else is planned (package planned) and by the gateway's dry run; and
// by the gateway itself, in a transaction, when the plan is applied.
package resource

import (
	"context"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/gateway"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/quoted"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/tfschema"
)

// An object is the resource of one kind.
type object struct {
	shape   *tfschema.Shape
	written *quoted.Configuration
	gateway *gateway.Gateway // nil until the provider is configured
}

var (
	_ resource.ResourceWithConfigure      = (*object)(nil)
	_ resource.ResourceWithValidateConfig = (*object)(nil)
	_ resource.ResourceWithModifyPlan     = (*object)(nil)
	_ resource.ResourceWithImportState    = (*object)(nil)
)

// All returns one resource for each kind, with the plugins of a catalogue, but
// not for what programs report while Terraform is not looking. What is validated
// is noted in written.
func All(plugins *plugin.Catalogue, written *quoted.Configuration) []func() resource.Resource {
	var all []func() resource.Resource
	for _, kind := range api.Kinds() {
		if kind.Reported {
			continue
		}
		all = append(all, func() resource.Resource {
			return &object{shape: &tfschema.Shape{Kind: kind, Plugins: plugins}, written: written}
		})
	}
	return all
}

func (o *object) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + o.shape.Kind.Name
}

func (o *object) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = o.shape.Schema()
}

func (o *object) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	if req.ProviderData == nil {
		return // validation comes before configuration
	}
	g, ok := req.ProviderData.(*gateway.Gateway)
	if !ok {
		resp.Diagnostics.AddError("Provider not configured", fmt.Sprintf("The provider gave its resources a %T; this is a mistake in the provider.", req.ProviderData))
		return
	}
	o.gateway = g
}

// ValidateConfig checks what is known of the configuration by the declarations.
func (o *object) ValidateConfig(_ context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	d, err := o.shape.Document(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Cannot read the configuration", err.Error())
		return
	}
	_, errs := o.shape.Check(d)
	o.invalid(&resp.Diagnostics, errs)
	if !resp.Diagnostics.HasError() {
		o.inQuotes(&resp.Diagnostics, o.key(req.Config.Raw), d.JSON)
	}
}

// inQuotes refuses references that Terraform does not see.
func (o *object) inQuotes(diags *diag.Diagnostics, key api.Key, document []byte) {
	const summary = "Reference in quotes"
	const write = "penstock_%s.NAME.id, with the resource's own name, so that Terraform knows what to create first and to delete last"
	mine, users := o.written.Add(key, o.shape.Kind.Type.References(document))
	for _, r := range mine {
		o.at(diags, r.Path, summary, fmt.Sprintf("the %s %q is of this configuration: refer to it as "+write, words(r.Kind), r.ID, r.Kind))
	}
	for _, u := range users {
		user := "a " + words(u.Object.Kind)
		if u.Object.ID != "" {
			user = u.Object.String()
		}
		o.at(diags, "id", summary, fmt.Sprintf("%s refers to this %s as %q, at %s: write there "+write, user, words(key.Kind), key.ID, u.Path, key.Kind))
	}
}

// ImportState takes the object's id.
func (o *object) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if only := o.shape.Kind.Singleton; only != "" && req.ID != only {
		resp.Diagnostics.AddError("No such object", fmt.Sprintf("There is one %s, and its id is %q.", o.words(), only))
		return
	}
	resource.ImportStatePassthroughID(ctx, path.Root("id"), req, resp)
}

// key addresses the object of a value; its id is "" while it is not known.
func (o *object) key(v tftypes.Value) api.Key {
	key := api.Key{Kind: o.shape.Kind.Name}
	var members map[string]tftypes.Value
	if v.IsNull() || !v.IsKnown() || v.As(&members) != nil {
		return key
	}
	if id := members["id"]; id.IsKnown() && !id.IsNull() {
		_ = id.As(&key.ID) // the schema says that it is a string
	}
	return key
}

// revision is what the state remembers, beside the attributes, of the
// gateway's object: an update demands that it is still at this revision.
const revision = "revision"

// A private is the part of a state that users do not see.
type private interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// revisionOf returns what keepRevision has kept, or an error if there is none.
func revisionOf(ctx context.Context, p interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}) (int64, error) {
	kept, _ := p.GetKey(ctx, revision) // what cannot be read is no number
	return strconv.ParseInt(string(kept), 10, 64)
}

// forgetRevision makes the state remember none.
func forgetRevision(ctx context.Context, p private) diag.Diagnostics {
	return p.SetKey(ctx, revision, []byte("null"))
}

func keepRevision(ctx context.Context, p private, n int64) diag.Diagnostics {
	return p.SetKey(ctx, revision, fmt.Appendf(nil, "%d", n))
}
