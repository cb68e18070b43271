// SPDX-License-Identifier: Apache-2.0

package headers

import (
	"maps"
	"slices"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// Changes are made in the order of the fields here.
type Changes struct {
	Remove []string          `json:"remove,omitzero" check:"unique,format=header_name" doc:"Fields to remove."`
	Set    map[string]string `json:"set,omitzero" check:"keys=header_name,format=header_value" doc:"Fields to have exactly once, with this value, whatever there was before."`
	Add    map[string]string `json:"add,omitzero" check:"keys=header_name,format=header_value" doc:"Fields to add to those of the same name that are there."`
}

// Validate holds that no field is the gateway's own, and that no two changes
// contradict each other.
func (c *Changes) Validate() error {
	var errs schema.Errors
	named := make(map[string]string) // small letters -> path of the change
	check := func(path, name string) {
		name = strings.ToLower(name)
		if why := reserved[name]; why != "" {
			errs = append(errs, schema.At(path, "%s cannot be changed here: %s", name, why))
		} else if first := named[name]; first != "" {
			errs = append(errs, schema.At(path, "%s is in %s already; give it once", name, first))
		} else {
			named[name] = path
		}
	}
	for i, name := range c.Remove {
		check(schema.Index("remove", i), name)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Set)) {
		check(schema.Key("set", name), name)
	}
	clear(named) // a field may be removed or set first and then added to
	for _, name := range slices.Sorted(maps.Keys(c.Add)) {
		check(schema.Key("add", name), name)
	}
	return errs.Err()
}

const (
	perConnection = "it belongs to one connection, and the gateway has another one on its other side (RFC 9110, section 7.6.1)"
	framing       = "it says where the body ends, which the gateway does itself"
)

// reserved are fields that nobody but the gateway may touch, with the reason.
var reserved = map[string]string{
	"connection":        perConnection,
	"keep-alive":        perConnection,
	"proxy-connection":  perConnection,
	"te":                perConnection,
	"upgrade":           perConnection,
	"http2-settings":    perConnection,
	"transfer-encoding": framing,
	"content-length":    framing,
	"trailer":           framing,
	"host":              "what the upstream is asked for as its host is a matter of the route and the upstream",
}

// edits are Changes in the order in which they are made, the same every time.
type edits struct {
	remove   []string
	set, add []message.Field
}

// newEdits takes nil for no changes.
func newEdits(c *Changes) *edits {
	if c == nil {
		return new(edits)
	}
	return &edits{remove: c.Remove, set: fields(c.Set), add: fields(c.Add)}
}

func fields(values map[string]string) []message.Field {
	var list []message.Field
	for _, name := range slices.Sorted(maps.Keys(values)) {
		list = append(list, message.Field{Name: strings.ToLower(name), Value: values[name]})
	}
	return list
}

func (e *edits) apply(h *message.Header) {
	for _, name := range e.remove {
		h.Del(name)
	}
	for _, f := range e.set {
		h.Set(f.Name, f.Value)
	}
	for _, f := range e.add {
		h.Add(f.Name, f.Value)
	}
}
