// SPDX-License-Identifier: Apache-2.0

package router

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
)

// A candidate is a route under one of its paths. Lists of candidates are in
// the order in which they are tried.
type candidate[T any] struct {
	entry *Entry[T]
	path  *match.Path // nil if the route takes any path
	free  bool        // there are no other conditions, so nobody has to look
}

func (c *candidate[T]) params(path string) match.Params {
	if c.path == nil {
		return nil
	}
	return c.path.Params(path)
}

// A site holds the candidates of one host pattern. nil is one without any.
type site[T any] struct {
	root    *node[T]
	regexps []*candidate[T]
	anyPath []*candidate[T]
}

// A node is a place in the tree of segments. nil is one without candidates.
type node[T any] struct {
	owner  *edit
	texts  table[*node[T]] // by text of the next segment
	param  *node[T]        // below any segment that is not empty
	whole  []*candidate[T] // patterns that end here
	prefix []*candidate[T] // patterns that go on with "/*"
}

func (s *site[T]) with(e *edit, seed maphash.Seed, c *candidate[T]) *site[T] {
	next := site[T]{}
	if s != nil {
		next = *s
	}
	switch {
	case c.path == nil:
		next.anyPath = insert(next.anyPath, c, bySpecificity)
	case c.path.Regexp != nil:
		next.regexps = insert(next.regexps, c, byRegexp)
	default:
		next.root = next.root.change(e, seed, c, c.path.Segments, func(list []*candidate[T]) []*candidate[T] {
			return insert(list, c, bySpecificity)
		})
	}
	return &next
}

func (s *site[T]) without(e *edit, seed maphash.Seed, c *candidate[T]) *site[T] {
	next := *s
	switch {
	case c.path == nil:
		next.anyPath = cut(next.anyPath, c)
	case c.path.Regexp != nil:
		next.regexps = cut(next.regexps, c)
	default:
		next.root = next.root.change(e, seed, c, c.path.Segments, func(list []*candidate[T]) []*candidate[T] {
			return cut(list, c)
		})
	}
	if next.root == nil && next.regexps == nil && next.anyPath == nil {
		return nil
	}
	return &next
}

// change applies a change to the list that c belongs in, segments below n.
func (n *node[T]) change(e *edit, seed maphash.Seed, c *candidate[T], segments []match.Segment, apply func([]*candidate[T]) []*candidate[T]) *node[T] {
	n = n.own(e)
	switch {
	case len(segments) == 0 && c.path.Prefix:
		n.prefix = apply(n.prefix)
	case len(segments) == 0:
		n.whole = apply(n.whole)
	case segments[0].Param != "":
		n.param = n.param.change(e, seed, c, segments[1:], apply)
	default:
		text := segments[0].Literal
		hash := maphash.String(seed, text)
		below, _ := n.texts.get(hash, text)
		if below = below.change(e, seed, c, segments[1:], apply); below != nil {
			n.texts = n.texts.with(e, hash, text, below)
		} else {
			n.texts = n.texts.without(e, hash, text)
		}
	}
	if n.texts.len == 0 && n.param == nil && n.whole == nil && n.prefix == nil {
		return nil
	}
	return n
}

// own returns the node if the edit made it, or else a copy.
func (n *node[T]) own(e *edit) *node[T] {
	if n == nil {
		return &node[T]{owner: e}
	}
	if n.owner == e {
		return n
	}
	next := *n
	next.owner = e
	return &next
}

// bySpecificity orders candidates with the same host and path pattern.
func bySpecificity[T any](a, b *candidate[T]) int {
	return a.entry.conditions.compare(&b.entry.conditions, a.entry.Route.ID, b.entry.Route.ID)
}

// byRegexp orders candidates with regular expressions.
func byRegexp[T any](a, b *candidate[T]) int {
	x, y := a.path.String(), b.path.String()
	return cmp.Or(cmp.Compare(len(y), len(x)), strings.Compare(x, y), bySpecificity(a, b))
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
