// SPDX-License-Identifier: Apache-2.0

package router

import (
	"net/netip"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// MaxConsidered bounds the candidates that an Explanation lists.
const MaxConsidered = 100

// An Explanation says which route takes a request, and why not the others.
type Explanation struct {
	Host    string       `json:"host"`              // as it was compared
	Path    string       `json:"path"`              // as it was compared
	Refused string       `json:"refused,omitempty"` // why a request with such a path is answered 400
	Route   string       `json:"route,omitempty"`   // id; "" if no route matches
	Params  match.Params `json:"params,omitempty"`

	// Routes whose host and path match, in the order in which they are tried.
	Considered []Considered `json:"considered"`
	More       int          `json:"more,omitempty"` // routes beyond MaxConsidered

	site match.Host // of the candidates that are tried now; its name is "" for any host
}

// A Considered is a route under one of its hosts and paths.
type Considered struct {
	Route  string `json:"route"`
	Host   string `json:"host,omitempty"`   // the pattern; "" for any host
	Path   string `json:"path,omitempty"`   // the pattern with {} for parameters; "" for any path
	Failed string `json:"failed,omitempty"` // field of the condition that does not hold, such as headers[1]
	Detail string `json:"detail,omitempty"` // the error that a CEL condition ended with
}

// Explain answers as Match does and says why. It is for people, and slow: it
// tries every candidate, also behind the one that wins. Those have no failed
// condition and are less specific.
func (r *Router[T]) Explain(request *message.Request, client netip.Addr) *Explanation {
	x := &Explanation{Considered: []Considered{}}
	path, err := match.CleanPath(request.Path)
	if err != nil {
		x.Host, x.Path, x.Refused = match.CleanHost(request.Host), request.Path, err.Error()
		return x
	}
	s := search[T]{question: ask(request, client, path), seed: r.seed, explanation: x}
	x.Host, x.Path = s.host, s.path
	r.search(&s)
	return x
}

// at notes whose site is searched next.
func (x *Explanation) at(host match.Host) {
	if x != nil {
		x.site = host
	}
}

func explain[T any](s *search[T], c *candidate[T], failed failure) {
	x, route := s.explanation, c.entry.Route
	if failed.field == "" && x.Route == "" {
		x.Route, x.Params = route.ID, c.params(s.path)
	}
	if len(x.Considered) == MaxConsidered {
		x.More++
		return
	}
	entry := Considered{Route: route.ID, Host: x.site.String()}
	if c.path != nil {
		entry.Path = c.path.String()
	}
	if failed.field != "" {
		entry.Failed = failed.String()
	}
	if failed.cause != nil {
		entry.Detail = failed.cause.Error()
	}
	x.Considered = append(x.Considered, entry)
}
