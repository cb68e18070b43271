// SPDX-License-Identifier: Apache-2.0

package api

import (
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// Algorithms of balancing.
const (
	RoundRobin     = "round_robin"
	LeastRequest   = "least_request"
	EWMA           = "ewma"
	ConsistentHash = "consistent_hash"
	Random         = "random"
)

// Balance says how the target of a request is chosen.
type Balance struct {
	Algorithm string          `json:"algorithm" check:"enum=round_robin|least_request|ewma|consistent_hash|random" doc:"round_robin: in turn, by weight. least_request: of two targets drawn at random by weight, the one with fewer requests in flight for its weight. ewma: of two drawn in the same way, the one that has answered faster lately, its requests in flight counted in. consistent_hash: the same target for the same value of requests, see hash_on. random: at random, by weight."`
	HashOn    []HashInput     `json:"hash_on,omitzero" check:"min=1,max=8" doc:"What consistent_hash looks at: the first of these values that a request has. A request that has none of them goes to a target at random. Required with consistent_hash, and only for it."`
	SlowStart schema.Duration `json:"slow_start,omitzero" check:"min=1s,max=1h" doc:"How long it takes until a target that is new, or available again, has its whole share; it begins with a tenth. Without it, it has all of it at once. Not with consistent_hash."`
	Sticky    *Sticky         `json:"sticky,omitzero" doc:"Keep a client at the target that served it first, by a cookie, as long as that target is available. Not with consistent_hash."`
}

// SetDefaults gives a fresh value its defaults.
func (b *Balance) SetDefaults() { b.Algorithm = RoundRobin }

// What consistent_hash can look at.
const (
	HashClientAddress = "client_address"
	HashPath          = "path"
	HashConsumer      = "consumer"
	HashHeader        = "header"
	HashCookie        = "cookie"
	HashQuery         = "query"
)

// A HashInput is a value of a request.
type HashInput struct {
	Source string `json:"source" check:"enum=client_address|path|consumer|header|cookie|query" doc:"Where the value is: the client's address, the path, the id of the consumer, or a header field, a cookie or a parameter of the query by its name."`
	Name   string `json:"name,omitzero" check:"min=1,max=256" doc:"Name of the header field, cookie or parameter. Required for these, and only for them."`
}

// named reports whether the source is one of values with names.
func (h *HashInput) named() bool {
	return h.Source == HashHeader || h.Source == HashCookie || h.Source == HashQuery
}

// Validate holds the rules across fields.
func (h *HashInput) Validate() error {
	switch {
	case h.named() && h.Name == "":
		return schema.At("name", "is required with the source %q", h.Source)
	case !h.named() && h.Name != "":
		return schema.At("name", "means nothing with the source %q; leave it out", h.Source)
	case h.Source == HashHeader:
		if err := schema.CheckFormat("header_name", h.Name); err != nil {
			return schema.At("name", "%s", err)
		}
	}
	return nil
}

// Sticky is the cookie that keeps a client at a target. Its value does not tell
// the target's address, though who guesses one can find out whether it is right.
type Sticky struct {
	Cookie   CookieName      `json:"cookie" doc:"Name of the cookie."`
	TTL      schema.Duration `json:"ttl,omitzero" check:"min=1s,max=8784h" doc:"How long browsers keep the cookie; without it until they are closed."`
	Path     RequestTarget   `json:"path" doc:"Path below which browsers send the cookie."`
	Secure   *bool           `json:"secure,omitzero" doc:"Whether browsers send the cookie over TLS alone; without it, if the request came over TLS."`
	SameSite string          `json:"same_site" check:"enum=lax|strict|none" doc:"Whether browsers send the cookie with requests that other sites make."`
}

// SetDefaults gives a fresh value its defaults.
func (s *Sticky) SetDefaults() { s.Path, s.SameSite = "/", "lax" }

// Validate holds the rules across fields.
func (s *Sticky) Validate() error {
	var errs schema.Errors
	if strings.ContainsAny(string(s.Path), ";?") {
		errs = append(errs, schema.At("path", `must have no ";" and no "?"`))
	}
	if s.SameSite == "none" && s.Secure != nil && !*s.Secure {
		errs = append(errs, schema.At("same_site", `"none" needs secure: browsers drop such cookies otherwise`))
	}
	return errs.Err()
}

// validate holds the rules across the fields of an upstream.
func (b *Balance) validate(zones *Zones) error {
	var errs schema.Errors
	hashes := b.Algorithm == ConsistentHash
	switch {
	case hashes && len(b.HashOn) == 0:
		errs = append(errs, schema.At("balance.hash_on", "is required with the algorithm %q", b.Algorithm))
	case !hashes && len(b.HashOn) > 0:
		errs = append(errs, schema.At("balance.hash_on", "means nothing with the algorithm %q; leave it out, or choose %q", b.Algorithm, ConsistentHash))
	}
	if hashes && b.SlowStart != 0 {
		errs = append(errs, schema.At("balance.slow_start", "means nothing with the algorithm %q, where a value has one target whatever its age; leave it out", b.Algorithm))
	}
	if hashes && b.Sticky != nil {
		errs = append(errs, schema.At("balance.sticky", "cannot be combined with %q, which keeps clients at their targets by itself", b.Algorithm))
	}
	if hashes && zones != nil {
		errs = append(errs, schema.At("zones", "cannot be combined with %q: the same key would go to another target in every zone", b.Algorithm))
	}
	return errs.Err()
}

// Zones says that targets in the node's own zone come first.
type Zones struct {
	MinHealthy int `json:"min_healthy" check:"min=0,max=100" doc:"Percentage of a zone's weight that must be available for the zone to count as whole. Below it, requests go to other zones in proportion to what is missing."`
}

// SetDefaults gives a fresh value its defaults.
func (z *Zones) SetDefaults() { z.MinHealthy = 70 }
