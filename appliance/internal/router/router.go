// SPDX-License-Identifier: Apache-2.0

// Package router finds the route that takes a request.
//
// A Router never changes. With returns a new one that shares with the old one
// all that is the same, so that a changed route costs the same among ten
// routes and among a hundred thousand, and requests need no lock. Finding a
// route costs a look-up for each label of the host and each segment of the
// path; only routes with the same host and path pattern, and regular
// expressions of one host, are tried one after another.
//
// # Which route wins
//
// Of all routes that match a request in full, the most specific takes it. The
// first of these rules that tells two routes apart decides:
//
//  1. Host: the exact one, then the longer wildcard, then the shorter, then
//     any host.
//  2. Path: one without "*" at its end (the path of a gRPC method is one),
//     then a regular expression, then a prefix, then a route without paths.
//     Within the first and within prefixes, segments are compared from the left:
//     text before parameter before the end of the prefix, so that the longer of
//     two prefixes comes first. Of regular expressions the longer text comes
//     first, then the alphabetical order.
//  3. Listeners: a route that names them, then one that does not.
//  4. More conditions before fewer: methods, client networks, gRPC, the CEL
//     condition, and each header, parameter and cookie count as one.
//  5. A route that lists HEAD before one that takes it with GET.
//  6. The ids in alphabetical order.
//
// A route's other conditions are part of matching: when they do not hold, the
// next route in this order is tried, on less specific paths and then on less
// specific hosts. HEAD is matched by routes for GET. A path that
// match.CleanPath refuses matches nothing.
package router

import (
	"hash/maphash"
	"net/netip"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A Router is a set of routes. It is immutable and used by many goroutines.
type Router[T any] struct {
	seed     maphash.Seed
	byID     table[*Entry[T]]
	exact    table[*site[T]] // by host
	wildcard table[*site[T]] // by the name after "*."
	any      *site[T]        // nil if no route takes any host
}

// New returns a router without routes.
func New[T any]() *Router[T] { return &Router[T]{seed: maphash.MakeSeed()} }

// Len returns the number of routes.
func (r *Router[T]) Len() int { return r.byID.len }

// Entry returns the route with an id, or nil.
func (r *Router[T]) Entry(id string) *Entry[T] {
	e, _ := r.byID.get(maphash.String(r.seed, id), id)
	return e
}

// With returns a router without the routes in remove and with those in set,
// which take the place of routes with the same id. Ids that are not there are
// no error. The receiver stays as it is.
func (r *Router[T]) With(set []*Entry[T], remove []string) *Router[T] {
	next := *r
	e := &edit{}
	for _, id := range remove {
		next.remove(e, id)
	}
	for _, entry := range set {
		next.remove(e, entry.Route.ID)
		next.add(e, entry)
	}
	return &next
}

func (r *Router[T]) add(e *edit, entry *Entry[T]) {
	r.byID = r.byID.with(e, maphash.String(r.seed, entry.Route.ID), entry.Route.ID, entry)
	r.put(e, entry, true)
}

func (r *Router[T]) remove(e *edit, id string) {
	hash := maphash.String(r.seed, id)
	entry, ok := r.byID.get(hash, id)
	if !ok {
		return
	}
	r.byID = r.byID.without(e, hash, id)
	r.put(e, entry, false)
}

// put puts the entry's candidates into the sites of its hosts, or takes them out.
func (r *Router[T]) put(e *edit, entry *Entry[T], there bool) {
	all := func(s *site[T]) *site[T] {
		for _, c := range entry.candidates {
			s = s.put(e, r.seed, c, there)
		}
		return s
	}
	if len(entry.hosts) == 0 {
		r.any = all(r.any)
	}
	for _, host := range entry.hosts {
		hosts := &r.exact
		if host.Wildcard {
			hosts = &r.wildcard
		}
		hash := maphash.String(r.seed, host.Name)
		s, _ := hosts.get(hash, host.Name)
		if s = all(s); s != nil {
			*hosts = hosts.with(e, hash, host.Name, s)
		} else {
			*hosts = hosts.without(e, hash, host.Name)
		}
	}
}

// Match returns the route that takes the request of a client, and the
// parameters in its path, or nil. It does not allocate unless the path is
// percent-encoded, the route has parameters or a CEL condition, or a
// regular expression is tried on an encoded value.
func (r *Router[T]) Match(request *message.Request, client netip.Addr) (*Entry[T], match.Params) {
	path, err := match.CleanPath(request.Path)
	if err != nil {
		return nil, nil
	}
	s := search[T]{question: ask(request, client, path), seed: r.seed}
	found := r.search(&s)
	if found == nil {
		return nil, nil
	}
	return found.entry, found.params(path)
}
