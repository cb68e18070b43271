// SPDX-License-Identifier: Apache-2.0

package router

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// conditions are what a route asks of a request besides host and path.
type conditions struct {
	listeners               []string
	methods                 []string
	headers, query, cookies []valueMatch
	networks                []netip.Prefix
	grpc                    bool
	program                 *match.Program // nil if there is no CEL condition

	count int // by which more specific routes come first
}

// A valueMatch is a compiled api.ValueMatch.
type valueMatch struct {
	name   string
	value  *string        // exact, or
	regexp *regexp.Regexp // somewhere in the value, or
	absent bool           // the name must not be there, or (none of them) must
}

func compile(route *api.Route) (conditions, error) {
	var errs schema.Errors
	values := func(at string, ms []api.ValueMatch) []valueMatch {
		out := make([]valueMatch, 0, len(ms))
		for i, m := range ms {
			v := valueMatch{name: m.Name, value: m.Value, absent: m.Present != nil && !*m.Present}
			if m.Regex != "" {
				var err error
				v.regexp, err = regexp.Compile(m.Regex)
				errs = append(errs, schema.Under(schema.Index(at, i)+".regex", err)...)
			}
			out = append(out, v)
		}
		return out
	}
	c := conditions{
		listeners: route.Listeners,
		methods:   route.Methods,
		headers:   values("headers", route.Headers),
		query:     values("query", route.Query),
		cookies:   values("cookies", route.Cookies),
		grpc:      len(route.GRPC) > 0,
	}
	for i, s := range route.ClientNetworks {
		network, err := match.ParseNetwork(s)
		errs = append(errs, schema.Under(schema.Index("client_networks", i), err)...)
		c.networks = append(c.networks, network)
	}
	if route.Condition != "" {
		var err error
		c.program, err = route.Condition.Compile()
		errs = append(errs, schema.Under("condition", err)...)
	}
	c.count = len(c.headers) + len(c.query) + len(c.cookies)
	for _, is := range []bool{len(c.methods) > 0, len(c.networks) > 0, c.grpc, c.program != nil} {
		if is {
			c.count++
		}
	}
	return c, errs.Err()
}

// compare holds rules 3 to 6 of the package comment.
func (c *conditions) compare(other *conditions, id, otherID string) int {
	return cmp.Or(
		cmp.Compare(min(len(other.listeners), 1), min(len(c.listeners), 1)),
		cmp.Compare(other.count, c.count),
		cmp.Compare(c.headRank(), other.headRank()),
		strings.Compare(id, otherID))
}

func (c *conditions) headRank() int {
	if slices.Contains(c.methods, "HEAD") {
		return 0
	}
	return 1
}

// A failure names the condition that does not hold; the zero failure is none.
type failure struct {
	field string // of api.Route
	index int    // in the field, where all elements must hold; else -1
	cause error  // why a CEL condition has no value
}

func (f failure) String() string {
	if f.index < 0 {
		return f.field
	}
	return fmt.Sprintf("%s[%d]", f.field, f.index)
}

// check returns the first condition that does not hold, cheap ones first.
func (c *conditions) check(q *question) failure {
	r := q.request
	if len(c.listeners) > 0 && !slices.Contains(c.listeners, r.Listener) {
		return failure{field: "listeners", index: -1}
	}
	if len(c.methods) > 0 && !slices.Contains(c.methods, r.Method) && (r.Method != "HEAD" || !slices.Contains(c.methods, "GET")) {
		return failure{field: "methods", index: -1}
	}
	if len(c.networks) > 0 && !contains(c.networks, q.client) {
		return failure{field: "client_networks", index: -1}
	}
	if c.grpc && !r.IsGRPC() {
		return failure{field: "grpc", index: -1}
	}
	for i := range c.headers {
		if !c.headers[i].inHeader(r) {
			return failure{field: "headers", index: i}
		}
	}
	for i := range c.query {
		if !c.query[i].inQuery(r.Query) {
			return failure{field: "query", index: i}
		}
	}
	for i := range c.cookies {
		if !c.cookies[i].inCookies(r) {
			return failure{field: "cookies", index: i}
		}
	}
	if c.program != nil {
		if is, err := c.program.Matches(q.forCondition()); !is {
			return failure{"condition", -1, err}
		}
	}
	return failure{}
}

func contains(networks []netip.Prefix, client netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(client) {
			return true
		}
	}
	return false
}
