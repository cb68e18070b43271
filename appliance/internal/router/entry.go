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
	free := e.conditions.count == 0 && len(e.conditions.listeners) == 0
	for _, path := range paths {
		e.candidates = append(e.candidates, &candidate[T]{e, path, free})
	}
	if len(paths) == 0 {
		e.candidates = []*candidate[T]{{e, nil, free}}
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return e, nil
}

// ConditionErrors counts how often the route's CEL condition ended with an
// error, which is no match.
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
