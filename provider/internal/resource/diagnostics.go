// SPDX-License-Identifier: Apache-2.0

package resource

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/gateway"
)

// words is what a kind is called in a sentence.
func words(kind string) string { return strings.ReplaceAll(kind, "_", " ") }

func (o *object) words() string { return words(o.shape.Kind.Name) }

// at reports an error about a path of the document.
func (o *object) at(diags *diag.Diagnostics, path, summary, message string) {
	place := o.shape.Place(path)
	if place.Text != "" {
		message = place.Text + ": " + message
	}
	if len(place.Path.Steps()) == 0 {
		diags.AddError(summary, message)
		return
	}
	diags.AddAttributeError(place.Path, summary, message)
}

// invalid reports breaches of the declarations.
func (o *object) invalid(diags *diag.Diagnostics, errs schema.Errors) {
	for _, e := range errs {
		o.at(diags, e.Path, "Invalid "+o.words(), e.Message)
	}
}

// problems reports what the gateway found wrong with the object.
func (o *object) problems(diags *diag.Diagnostics, problems []api.Problem) {
	for _, p := range problems {
		summary := "Invalid " + o.words()
		switch p.Code {
		case api.CodeUnknownReference:
			summary = "Reference to nothing"
			p.Message += hintReference(p.Other)
		case api.CodeConflict:
			summary = "Conflict with another object"
		case api.CodeInUse:
			summary = "Object in use"
		}
		o.at(diags, p.Path, summary, p.Message)
	}
}

// hintReference says how a reference to an object of the same configuration is
// written, so that Terraform knows the order.
func hintReference(to *api.Key) string {
	if to == nil {
		return ""
	}
	return fmt.Sprintf(". If this configuration creates it, refer to it as penstock_%s.NAME.id, "+
		"with the resource's own name, so that Terraform creates it first; both must have the same provider configuration", to.Kind)
}

// refused reports a write, or a read, that failed.
func (o *object) refused(diags *diag.Diagnostics, doing string, key api.Key, err error) {
	refusal, ok := errors.AsType[*client.Error](err)
	switch {
	case errors.Is(err, gateway.ErrNotKnown):
		diags.AddError("Gateway not known yet", err.Error())
	case !ok || refusal.Code == "": // whatever answered, it was not the Admin API
		diags.AddError("Gateway not reached", fmt.Sprintf("Could not %s %s: %s", doing, key, err))
	case len(refusal.Problems) > 0:
		o.problems(diags, refusal.Problems)
	case refusal.Code == api.CodeUnauthorized:
		diags.AddError("Gateway refuses the token", fmt.Sprintf("Could not %s %s: %s. The token is the provider's `token`, or PENSTOCK_TOKEN.", doing, key, refusal.Message))
	default:
		diags.AddError("Gateway refuses", fmt.Sprintf("Could not %s %s: %s", doing, key, refusal.Message))
	}
}

// exists reports that an object which is to be created is there already.
func (o *object) exists(diags *diag.Diagnostics, key api.Key) {
	typeName := "penstock_" + key.Kind
	o.at(diags, "id", "Object exists already", fmt.Sprintf(
		"the gateway already has the %s %q, which Terraform does not manage here. To manage it, import it:\n\n"+
			"  import {\n    to = %s.NAME\n    id = %q\n  }\n\n"+
			"or run: terraform import %s.NAME %s\n\nwith the resource's own name for NAME. If another resource of this configuration had it, use a moved block instead. If it is to be replaced by itself, that goes only without create_before_destroy: ids are unique.",
		o.words(), key.ID, typeName, key.ID, typeName, key.ID))
}
