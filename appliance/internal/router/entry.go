// SPDX-License-Identifier: Apache-2.0

package router

import (
	"slices"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// An Entry is a route, ready to be matched, and what the router's user keeps
// with it. It never changes and may be in many routers.
type Entry[T any] struct {
	Route *api.Route // not to be changed once it is an entry
	Value T

	hosts      []match.Host // none for any host
	candidates []*candidate[T]
	conditions conditions
}

// NewEntry compiles a route. Its errors are schema.Errors with paths inside the
// route; there are none for a route that has passed its checks.
func NewEntry[T any](route *api.Route, value T) (*Entry[T], error) {
	var errs schema.Errors
	e := &Entry[T]{Route: route, Value: value}
	for i, pattern := range route.Hosts {
		host, err := pattern.Parse()
		errs = append(errs, schema.Under(schema.Index("hosts", i), err)...)
		if !slices.Contains(e.hosts, host) {
			e.hosts = append(e.hosts, host)
		}
	}
	paths, err := pathsOf(route)
	errs = append(errs, schema.Under("", err)...)
	e.conditions, err = compile(route)
	errs = append(errs, schema.Under("", err)...)
	if len(errs) > 0 {
		return nil, errs
	}
	e.enter(paths)
	return e, nil
}

// enter makes the candidates, none of which is in a router yet.
func (e *Entry[T]) enter(paths []*match.Path) {
	free := e.conditions.count == 0 && len(e.conditions.listeners) == 0
	if len(paths) == 0 {
		paths = []*match.Path{nil}
	}
	e.candidates = make([]*candidate[T], len(paths))
	for i, path := range paths {
		e.candidates[i] = &candidate[T]{e, path, free}
	}
}

// WithValue returns the same route with another value, without compiling it
// again.
func (e *Entry[T]) WithValue(value T) *Entry[T] {
	next := *e
	next.Value = value
	paths := make([]*match.Path, len(e.candidates))
	for i, c := range e.candidates {
		paths[i] = c.path
	}
	next.enter(paths)
	return &next
}

// ConditionErrors counts how often the route's CEL condition ended with an
// error, which is no match. Explaining a request counts too.
func (e *Entry[T]) ConditionErrors() uint64 {
	if e.conditions.program == nil {
		return 0
	}
	return e.conditions.program.Errors()
}

// pathsOf returns the route's path patterns, and its gRPC methods as such.
func pathsOf(route *api.Route) ([]*match.Path, error) {
	var errs schema.Errors
	var paths []*match.Path
	add := func(at string, pattern match.PathPattern) {
		path, err := pattern.Parse()
		if err != nil {
			errs = append(errs, schema.Under(at, err)...)
			return
		}
		paths = append(paths, path)
	}
	for i, pattern := range route.Paths {
		add(schema.Index("paths", i), pattern)
	}
	for i, g := range route.GRPC {
		method := g.Method
		if method == "" {
			method = "*"
		}
		add(schema.Index("grpc", i), match.PathPattern("/"+g.Service+"/"+method))
	}
	return compact(paths), errs.Err()
}

// compact removes paths that say the same as an earlier one.
func compact(paths []*match.Path) []*match.Path {
	seen := make(map[string]bool, len(paths))
	return slices.DeleteFunc(paths, func(p *match.Path) bool {
		again := seen[p.String()]
		seen[p.String()] = true
		return again
	})
}
