// SPDX-License-Identifier: Apache-2.0

package resource

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/gateway"
)

// words is what a kind is called in a sentence.
func words(kind string) string { return strings.ReplaceAll(kind, "_", " ") }

func (o *object) words() string { return words(o.shape.Kind.Name) }

// A finding is something to tell about a path of the document.
type finding struct {
	path, summary, message string
}

// at reports an error about a path of the document.
func (o *object) at(diags *diag.Diagnostics, path, summary, message string) {
	o.report(diags, []finding{{path, summary, message}})
}

// report reports errors. Terraform repeats the source of an attribute
// with each diagnostic about it, so what was found in one is told in one, a
// line each.
func (o *object) report(diags *diag.Diagnostics, findings []finding) {
	type subject struct{ attribute, summary string }
	type told struct {
		at      path.Path
		summary string
		lines   []string
	}
	var all []*told
	about := make(map[subject]*told)
	for _, f := range findings {
		place := o.shape.Place(f.path)
		if place.Text != "" {
			f.message = place.Text + ": " + f.message
		}
		s := subject{place.Path.String(), f.summary}
		if t := about[s]; t != nil && s.attribute != "" {
			t.lines = append(t.lines, f.message)
			continue
		}
		about[s] = &told{place.Path, f.summary, []string{f.message}}
		all = append(all, about[s])
	}
	for _, t := range all {
		diags.Append(pointing(t.at, diag.NewErrorDiagnostic(t.summary, strings.Join(t.lines, "\n"))))
	}
}

// pointing makes a diagnostic point at an attribute, if the path is not empty.
func pointing(at path.Path, d diag.Diagnostic) diag.Diagnostic {
	if len(at.Steps()) == 0 {
		return d
	}
	return diag.WithPath(at, d)
}

// invalid reports breaches of the declarations.
func (o *object) invalid(diags *diag.Diagnostics, errs schema.Errors) {
	findings := make([]finding, len(errs))
	for i, e := range errs {
		findings[i] = finding{e.Path, "Invalid " + o.words(), e.Message}
	}
	o.report(diags, findings)
}

// problems reports what the gateway found wrong with the object.
func (o *object) problems(diags *diag.Diagnostics, problems []api.Problem) {
	findings := make([]finding, len(problems))
	for i, p := range problems {
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
		findings[i] = finding{p.Path, summary, p.Message}
	}
	o.report(diags, findings)
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
