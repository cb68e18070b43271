// SPDX-License-Identifier: Apache-2.0

package router

import (
	"hash/maphash"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
)

// A site holds the candidates of one host pattern. nil is one without any.
type site[T any] struct {
	root    *node[T]
	regexps list[T]
	anyPath list[T]
}

// A node is a place in the tree of segments. nil is one without candidates.
type node[T any] struct {
	owner  *edit
	texts  table[*node[T]] // by text of the next segment
	param  *node[T]        // below any segment that is not empty
	whole  list[T]         // patterns that end here
	prefix list[T]         // patterns that go on with "/*"
}

// put returns the site with c, or without.
func (s *site[T]) put(e *edit, seed maphash.Seed, c *candidate[T], there bool) *site[T] {
	next := site[T]{}
	if s != nil {
		next = *s
	}
	switch {
	case c.path == nil:
		next.anyPath = next.anyPath.put(e, c, there)
	case c.path.Regexp != nil:
		next.regexps = next.regexps.put(e, c, there)
	default:
		next.root = next.root.put(e, seed, c, c.path.Segments, there)
	}
	if next.root == nil && len(next.regexps.of) == 0 && len(next.anyPath.of) == 0 {
		return nil
	}
	return &next
}

// put returns the node with c, or without, at segments below it.
func (n *node[T]) put(e *edit, seed maphash.Seed, c *candidate[T], segments []match.Segment, there bool) *node[T] {
	n = n.own(e)
	switch {
	case len(segments) == 0 && c.path.Prefix:
		n.prefix = n.prefix.put(e, c, there)
	case len(segments) == 0:
		n.whole = n.whole.put(e, c, there)
	case segments[0].Param != "":
		n.param = n.param.put(e, seed, c, segments[1:], there)
	default:
		text := segments[0].Literal
		hash := maphash.String(seed, text)
		below, _ := n.texts.get(hash, text)
		if below = below.put(e, seed, c, segments[1:], there); below != nil {
			n.texts = n.texts.with(e, hash, text, below)
		} else {
			n.texts = n.texts.without(e, hash, text)
		}
	}
	if n.texts.len == 0 && n.param == nil && len(n.whole.of) == 0 && len(n.prefix.of) == 0 {
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
