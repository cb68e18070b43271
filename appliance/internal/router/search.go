// SPDX-License-Identifier: Apache-2.0

package router

import (
	"hash/maphash"
	"net/netip"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A question is a request in the forms in which it is compared.
type question struct {
	request    *message.Request
	client     netip.Addr // IPv4 as such, without zone
	host, path string     // clean
}

func ask(request *message.Request, client netip.Addr, path string) question {
	return question{request, client.Unmap().WithZone(""), match.CleanHost(request.Host), path}
}

// forCondition returns the request as CEL conditions see it.
func (q *question) forCondition() *match.Request {
	r := q.request
	return &match.Request{
		Method: r.Method,
		Host:   q.host,
		Path:   q.path,
		Scheme: r.Scheme,
		Query:  r.Query,
		Client: q.client,
		Fields: func(yield func(string, string) bool) {
			for _, f := range r.Header.Fields() {
				if !yield(f.Name, f.Value) {
					return
				}
			}
		},
	}
}

// A search looks for one question's answer in the order of the package comment.
type search[T any] struct {
	question
	seed maphash.Seed

	// Prefixes met on the way through a tree, in the order in which they are
	// tried when no whole path matches. More than fit in the array are rare.
	prefixes [16][]*candidate[T]
	met      int
	further  [][]*candidate[T]

	explanation *Explanation // if every candidate is to be told about
}

// search goes through the sites of the question's host, the most specific first.
func (r *Router[T]) search(s *search[T]) *candidate[T] {
	if r.exact.len > 0 {
		if site, ok := r.exact.get(maphash.String(r.seed, s.host), s.host); ok {
			s.explanation.at(match.Host{Name: s.host})
			if c := site.search(s); c != nil {
				return c
			}
		}
	}
	if r.wildcard.len > 0 && !strings.HasPrefix(s.host, ".") {
		for _, name, more := strings.Cut(s.host, "."); more; _, name, more = strings.Cut(name, ".") {
			if len(name) > match.MaxHost {
				continue // no pattern is that long, and a host may have very many labels
			}
			if site, ok := r.wildcard.get(maphash.String(r.seed, name), name); ok {
				s.explanation.at(match.Host{Name: name, Wildcard: true})
				if c := site.search(s); c != nil {
					return c
				}
			}
		}
	}
	if r.any == nil {
		return nil
	}
	s.explanation.at(match.Host{})
	return r.any.search(s)
}

func (t *site[T]) search(s *search[T]) *candidate[T] {
	if s.path != "*" {
		s.met, s.further = 0, nil
		if c := t.root.search(s, 1); c != nil {
			return c
		}
		for _, c := range t.regexps.of {
			if c.path.Matches(s.path) && s.try(c) {
				return c
			}
		}
		for _, list := range s.prefixes[:s.met] {
			if c := s.first(list); c != nil {
				return c
			}
		}
		for _, list := range s.further {
			if c := s.first(list); c != nil {
				return c
			}
		}
	}
	return s.first(t.anyPath.of)
}

// search looks for a whole path below n, whose next segment begins at a place
// in the path, beyond its end if there is none. It notes the prefixes that end
// on the way, deeper ones first.
func (n *node[T]) search(s *search[T], at int) *candidate[T] {
	if n == nil {
		return nil
	}
	if at > len(s.path) {
		if c := s.first(n.whole.of); c != nil {
			return c
		}
	} else if n.texts.len > 0 || n.param != nil {
		text := s.path[at:]
		if i := strings.IndexByte(text, '/'); i >= 0 {
			text = text[:i]
		}
		next := at + len(text) + 1
		if n.texts.len > 0 {
			below, _ := n.texts.get(maphash.String(s.seed, text), text)
			if c := below.search(s, next); c != nil {
				return c
			}
		}
		if text != "" {
			if c := n.param.search(s, next); c != nil {
				return c
			}
		}
	}
	if len(n.prefix.of) > 0 {
		s.meet(n.prefix.of)
	}
	return nil
}

func (s *search[T]) meet(list []*candidate[T]) {
	if s.met < len(s.prefixes) {
		s.prefixes[s.met] = list
		s.met++
	} else {
		s.further = append(s.further, list)
	}
}

// first returns the first candidate of a list whose other conditions hold.
func (s *search[T]) first(list []*candidate[T]) *candidate[T] {
	for _, c := range list {
		if s.try(c) {
			return c
		}
	}
	return nil
}

// try reports whether the search ends with c. One that explains goes on to
// the end.
func (s *search[T]) try(c *candidate[T]) bool {
	if c.free && s.explanation == nil {
		return true
	}
	failed := c.entry.conditions.check(&s.question)
	if s.explanation != nil {
		explain(s, c, failed)
		return false
	}
	return failed.field == ""
}
