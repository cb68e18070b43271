// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// root is where this version of the API begins.
const root = "/v1/"

// An endpoint is what one path can do.
type endpoint struct {
	path       string // below root, such as "routes/{id}"
	kind       *api.Kind
	operations map[string]*operation // by method
}

// An operation is one method of an endpoint.
type operation struct {
	handle func(*call) (answer, error)
	writes bool     // it changes the configuration
	query  []string // parameters that it knows
	spec   spec     // its description for OpenAPI
}

// table lists everything that the API can do. Paths come from the kinds, and
// the OpenAPI document comes from this table.
func (a *Admin) table() map[string]*endpoint {
	endpoints := make(map[string]*endpoint)
	add := func(path string, kind *api.Kind, method string, op operation) {
		if endpoints[path] == nil {
			endpoints[path] = &endpoint{path: path, kind: kind, operations: make(map[string]*operation)}
		}
		endpoints[path].operations[method] = &op
	}
	for _, kind := range api.Kinds() {
		object := kind.Plural + "/{id}"
		add(kind.Plural, kind, http.MethodGet, operation{handle: a.list, query: []string{"limit", "page_token"}, spec: listSpec(kind)})
		add(object, kind, http.MethodGet, operation{handle: a.get, spec: getSpec(kind)})
		add(object, kind, http.MethodPut, operation{handle: a.put, writes: true, spec: putSpec(kind)})
		add(object, kind, http.MethodDelete, operation{handle: a.delete, writes: true, spec: deleteSpec(kind)})
	}
	add("upstreams/{id}/targets", api.KindOf(api.KindUpstream), http.MethodGet, operation{handle: a.targets, spec: targetsSpec})
	add("validate", nil, http.MethodPost, operation{handle: a.validate, spec: validateSpec})
	add("match", nil, http.MethodPost, operation{handle: a.match, spec: matchSpec})
	add("problems", nil, http.MethodGet, operation{handle: a.problems, spec: problemsSpec})
	add("nodes", nil, http.MethodGet, operation{handle: a.nodes, spec: nodesSpec})
	add("plugins", nil, http.MethodGet, operation{handle: a.plugins, spec: pluginsSpec})
	add("version", nil, http.MethodGet, operation{handle: a.version, spec: versionSpec})
	add("openapi.json", nil, http.MethodGet, operation{handle: a.openapi, spec: openapiSpec})
	return endpoints
}

// find returns the operation that a request asks for. Unlike http.ServeMux it
// redirects nowhere: a path is right or it is not.
func (a *Admin) find(c *call) (*operation, error) {
	e := a.endpointOf(c)
	if e == nil {
		return nil, failed(http.StatusNotFound, api.CodeBadRequest, "there is nothing at %q; there is %s", clip(c.r.URL.Path), a.everything())
	}
	method := c.r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	op := e.operations[method]
	if op == nil {
		allow := strings.Join(e.methods(), ", ")
		f := failed(http.StatusMethodNotAllowed, api.CodeBadRequest, "%s%s does not take %s; it takes %s", root, e.path, clip(c.r.Method), allow)
		f.header = map[string]string{"Allow": allow}
		return nil, f
	}
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("the query cannot be read: %s", err)
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(op.query, name) {
			return nil, badRequest("the query parameter %q is not known here%s", clip(name), knownParameters(op.query))
		}
		if len(query[name]) > 1 {
			return nil, badRequest("the query parameter %q is given %d times; give it once", name, len(query[name]))
		}
	}
	return op, nil
}

func knownParameters(names []string) string {
	if len(names) == 0 {
		return "; there are none"
	}
	return "; there are " + strings.Join(names, ", ")
}

// endpointOf finds the endpoint of a path and the kind and id in it. An id may
// be percent-encoded.
func (a *Admin) endpointOf(c *call) *endpoint {
	path, ok := strings.CutPrefix(c.r.URL.EscapedPath(), root)
	if !ok {
		return nil
	}
	name, rest, deeper := strings.Cut(path, "/")
	if deeper {
		rest, part, deeper := strings.Cut(rest, "/")
		id, err := url.PathUnescape(rest)
		if err != nil || id == "" {
			return nil
		}
		c.id = id
		name += "/{id}"
		if deeper {
			name += "/" + part
		}
	}
	e := a.endpoints[name]
	if e != nil {
		c.kind = e.kind
	}
	return e
}

// methods returns what the endpoint takes, in order.
func (e *endpoint) methods() []string {
	methods := slices.Collect(maps.Keys(e.operations))
	if e.operations[http.MethodGet] != nil {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	return methods
}

func (a *Admin) everything() string {
	paths := slices.Sorted(maps.Keys(a.endpoints))
	for i, path := range paths {
		paths[i] = root + path
	}
	return strings.Join(paths, ", ")
}

// clip keeps an error readable when the input is not.
func clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:77], "") + "..."
	}
	return s
}
