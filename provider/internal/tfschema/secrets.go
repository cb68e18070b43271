// SPDX-License-Identifier: Apache-2.0

package tfschema

import (
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// Outgoing returns the document to send to the gateway for what is planned.
// Secrets come from the configuration, the only place that has them, and only
// where they are due: when the object is created (prior is null), and when
// their version changes. missing says which are due and not configured.
func (s *Shape) Outgoing(config, planned, prior tftypes.Value) (d *Document, missing schema.Errors, err error) {
	d, err = s.Document(planned)
	if err != nil || !s.Kind.Type.Secrets() {
		return d, nil, err
	}
	var docs [3]map[string]any
	for i, v := range []tftypes.Value{planned, config, prior} {
		of, err := s.Document(v)
		if err != nil {
			return nil, nil, err
		}
		doc, err := parse(of.JSON)
		if err != nil {
			return nil, nil, fmt.Errorf("read the %s's secrets: %w", s.Kind.Name, err)
		}
		docs[i], _ = doc.(map[string]any) // nil for a null
		if i == 1 {
			d.Unknown = append(d.Unknown, of.Unknown...)
		}
	}
	o := overlay{unknown: d}
	o.object(s.Kind.Type, docs[0], docs[1], docs[2], "")
	d.JSON, err = json.Marshal(docs[0])
	return d, o.missing, err
}

type overlay struct {
	unknown *Document
	missing schema.Errors
}

func (o *overlay) object(t *schema.Type, out, config, prior map[string]any, path string) {
	for _, f := range t.Fields {
		at := schema.Key(path, f.Name)
		if !f.Secret {
			if inner, ok := out[f.Name].(map[string]any); ok && f.Type.Kind == schema.Object {
				c, _ := config[f.Name].(map[string]any)
				p, _ := prior[f.Name].(map[string]any)
				o.object(f.Type, inner, c, p, at)
			}
			continue
		}
		version := f.Name + "_version"
		secret, configured := config[f.Name]
		switch {
		case prior != nil && out[version] == prior[version]: // the gateway has it
		case configured:
			out[f.Name] = secret
		case o.unknown.excuses(at):
		case prior == nil && f.Required:
			o.missing = append(o.missing, schema.At(at, "is required to create the object"))
		case prior != nil && out[version] != nil:
			o.missing = append(o.missing, schema.At(at, "is required when %s changes", attributeName(t, t.Field(version))))
		}
	}
}
