// SPDX-License-Identifier: Apache-2.0

package tfschema

import (
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// Outgoing returns the document to send to the gateway for what is planned.
// Secrets come from the configuration, the only place that has them, and only
// where they are due: when the object is created (prior is null), and when
// their version changes. missing says which are due and not configured.
func (s *Shape) Outgoing(config, planned, prior tftypes.Value) (d *Document, missing schema.Errors, err error) {
	r := reader{shape: s}
	doc, err := r.resource(planned)
	if err != nil {
		return nil, nil, err
	}
	if s.Kind.Type.Secrets() {
		if missing, err = r.secrets(doc, config, prior); err != nil {
			return nil, nil, err
		}
	}
	b, err := json.Marshal(doc)
	return &Document{JSON: b, Unknown: r.unknown}, missing, err
}

// secrets adds to the planned document the secrets that are due.
func (r *reader) secrets(doc map[string]any, config, prior tftypes.Value) (missing schema.Errors, err error) {
	configured, before := reader{shape: r.shape}, reader{shape: r.shape}
	given, err := configured.resource(config)
	if err != nil {
		return nil, err
	}
	var was map[string]any
	if hasValue(prior) {
		if was, err = before.resource(prior); err != nil {
			return nil, err
		}
	}
	for _, f := range r.shape.Kind.Type.Fields {
		if !f.Secret {
			continue
		}
		version := f.Name + "_version"
		secret, ok := given[f.Name]
		unknown := !ok && (&Document{Unknown: configured.unknown}).excuses(f.Name)
		switch {
		case was != nil && doc[version] == was[version]: // the gateway has it
		case ok:
			doc[f.Name] = secret
		case unknown:
			r.unknown = append(r.unknown, f.Name)
			doc[incomplete] = true
		case was == nil && f.Required:
			missing = append(missing, schema.At(f.Name, "is required to create the object"))
		case was != nil && doc[version] != nil:
			missing = append(missing, schema.At(f.Name, "is required when %s changes", r.shape.attributeName(r.shape.Kind.Type.Field(version))))
		}
	}
	return missing, nil
}
