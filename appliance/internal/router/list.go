// SPDX-License-Identifier: Apache-2.0

package router

import (
	"cmp"
	"slices"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
)

// A candidate is a route under one of its paths.
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

// compare orders the candidates of one list. No two are equal: their
// routes' ids differ, or their regular expressions.
func (c *candidate[T]) compare(other *candidate[T]) int {
	order := 0
	if c.path != nil && c.path.Regexp != nil {
		x, y := c.path.String(), other.path.String()
		order = cmp.Or(cmp.Compare(len(y), len(x)), strings.Compare(x, y))
	}
	return cmp.Or(order, c.entry.conditions.compare(&other.entry.conditions, c.entry.Route.ID, other.entry.Route.ID))
}

// A list holds candidates that a request's host and path do not tell apart,
// or regular expressions, in the order in which they are tried. It is changed
// in place only by the edit that made it.
type list[T any] struct {
	owner *edit
	of    []*candidate[T]
}

// put returns the list with c, or without.
func (l list[T]) put(e *edit, c *candidate[T], there bool) list[T] {
	i, found := slices.BinarySearchFunc(l.of, c, (*candidate[T]).compare)
	if found == there {
		return l
	}
	if l.owner != e {
		l = list[T]{e, append(make([]*candidate[T], 0, len(l.of)+1), l.of...)}
	}
	if there {
		l.of = slices.Insert(l.of, i, c)
	} else {
		l.of = slices.Delete(l.of, i, i+1)
	}
	return l
}
