// SPDX-License-Identifier: Apache-2.0

package tfschema

import (
	"errors"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// Check decodes the document as the gateway will, and returns the object, such
// as a *api.Route, or everything that is wrong with it. Secrets may be left
// out. Where parts of the document are not known yet, only what can be judged
// without them is judged, and the object is nil.
func (s *Shape) Check(d *Document) (any, schema.Errors) {
	object, err := s.Plugins.Decode(s.Kind, d.JSON, schema.WithoutSecrets)
	if err == nil {
		return object, nil
	}
	all, ok := errors.AsType[schema.Errors](err)
	if !ok {
		return nil, schema.Under("", err)
	}
	var errs schema.Errors
	for _, e := range all {
		if !d.excuses(e.Path) {
			errs = append(errs, e)
		}
	}
	return nil, errs
}

// excuses reports whether an error at the path may come from something not
// being known: it is missing itself, or it lies inside what is complained of.
func (d *Document) excuses(path string) bool {
	if strings.HasSuffix(path, incompleteSuffix) {
		return true
	}
	for _, u := range d.Unknown {
		if rest, ok := strings.CutPrefix(u, path); ok && (rest == "" || path == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

// incompleteSuffix is how a path to the incomplete mark ends.
var incompleteSuffix = schema.Key("", incomplete)
