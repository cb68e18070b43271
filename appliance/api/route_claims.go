// SPDX-License-Identifier: Apache-2.0

package api

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
)

// MaxRouteClaims bounds what one route may spell out: its listeners times
// hosts times paths times methods.
const MaxRouteClaims = 2048

// Claims holds every combination of listener, host, path and method under the
// route's other conditions, so that two routes which some request could not
// tell apart are refused.
func (r *Route) Claims() []string {
	rest := r.otherConditions()
	listeners, hosts, paths, methods := r.spelledOut()
	claims := make([]string, 0, len(listeners)*len(hosts)*len(paths)*len(methods))
	for _, listener := range listeners {
		for _, host := range hosts {
			for _, path := range paths {
				for _, method := range methods {
					claims = append(claims, strings.Join([]string{"route", listener, host, path, method, rest}, " "))
				}
			}
		}
	}
	slices.Sort(claims)
	return slices.Compact(claims)
}

// spelledOut returns the alternatives of the route's four lists, "*" for any.
func (r *Route) spelledOut() (listeners, hosts, paths, methods []string) {
	for _, h := range r.Hosts {
		hosts = append(hosts, h.Canonical())
	}
	for _, p := range r.Paths {
		paths = append(paths, p.Canonical())
	}
	for _, g := range r.GRPC {
		paths = append(paths, "grpc:"+g.Service+"/"+g.Method)
	}
	return orAny(r.Listeners), orAny(hosts), orAny(paths), orAny(r.Methods)
}

// combinations returns how many claims there are at most, and MaxRouteClaims+1
// for any number above: the product of four long lists fits no integer.
func (r *Route) combinations() int {
	n := 1
	for _, length := range []int{len(r.Listeners), len(r.Hosts), len(r.Paths) + len(r.GRPC), len(r.Methods)} {
		n *= max(1, min(length, MaxRouteClaims+1))
		n = min(n, MaxRouteClaims+1)
	}
	return n
}

func orAny(names []string) []string {
	if len(names) == 0 {
		return []string{"*"}
	}
	return names
}

// otherConditions returns all other conditions in one canonical text.
func (r *Route) otherConditions() string {
	networks := make([]string, len(r.ClientNetworks))
	for i, n := range r.ClientNetworks {
		networks[i] = canonicalNetwork(n)
	}
	slices.Sort(networks)
	b, _ := json.Marshal([]any{ // plain data always encodes
		sortedMatches(r.Headers, strings.ToLower), sortedMatches(r.Query, nil), sortedMatches(r.Cookies, nil),
		slices.Compact(networks), strings.TrimSpace(string(r.Condition)),
	})
	return string(b)
}

// canonicalNetwork returns the one spelling of a network: 10.1.2.3/8 is
// 10.0.0.0/8, and an address is the network of itself alone.
func canonicalNetwork(s string) string {
	n, err := match.ParseNetwork(s)
	if err != nil {
		return s
	}
	return n.String()
}

// sortedMatches returns each condition in one canonical text: a name that must
// be present is a name with nothing else said.
func sortedMatches(ms []ValueMatch, fold func(string) string) []string {
	out := make([]string, len(ms))
	for i, m := range ms {
		if fold != nil {
			m.Name = fold(m.Name)
		}
		if m.Present != nil && *m.Present {
			m.Present = nil
		}
		b, _ := json.Marshal(m)
		out[i] = string(b)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
