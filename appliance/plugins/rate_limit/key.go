// SPDX-License-Identifier: Apache-2.0

package ratelimit

import (
	"errors"
	"fmt"
	"hash/maphash"
	"math/bits"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A Key is something about a request that requests are counted by:
// "client_ip", "consumer", "route" or "header:<name>".
type Key string

// SchemaFormat names the syntax.
func (Key) SchemaFormat() string { return "rate_limit_key" }

// Check says what is wrong with the key.
func (k Key) Check() error {
	_, err := k.part()
	return err
}

// A part returns the hash of what it stands for, and whether the request has
// such a thing.
type part func(seed maphash.Seed, x *plugin.Exchange) (uint64, bool)

func (k Key) part() (part, error) {
	kind, name, named := strings.Cut(string(k), ":")
	switch {
	case kind == "client_ip" && !named:
		return clientIP, nil
	case kind == "consumer" && !named:
		return consumer, nil
	case kind == "route" && !named:
		return route, nil
	case kind == "header" && named:
		if err := schema.CheckFormat("header_name", name); err != nil {
			return nil, fmt.Errorf(`what follows "header:" %w`, err)
		}
		return header(name), nil
	case kind == "header":
		return nil, errors.New(`needs the name of a header field, such as "header:x-tenant"`)
	}
	return nil, fmt.Errorf(`must be one of "client_ip", "consumer", "route" or "header:<name>"; is %q`, k)
}

// clientIP takes an IPv6 client by its /64, the least that a network is given:
// otherwise one client would be as many as it likes.
func clientIP(seed maphash.Seed, x *plugin.Exchange) (uint64, bool) {
	ip := x.Client.Unmap()
	b := ip.As16()
	if ip.Is6() {
		clear(b[8:])
	}
	return maphash.Bytes(seed, b[:]), true
}

func consumer(seed maphash.Seed, x *plugin.Exchange) (uint64, bool) {
	if x.Consumer == nil {
		return 0, false
	}
	return maphash.String(seed, x.Consumer.ID), true
}

func route(seed maphash.Seed, x *plugin.Exchange) (uint64, bool) {
	if x.Route == nil {
		return 0, false
	}
	return maphash.String(seed, x.Route.ID), true
}

// header takes the values of all fields of the name.
func header(name string) part {
	return func(seed maphash.Seed, x *plugin.Exchange) (sum uint64, ok bool) {
		for value := range x.Request.Header.Values(name) {
			sum, ok = mix(sum, maphash.String(seed, value)), true
		}
		return sum, ok
	}
}

// mix adds a hash to a sum so that their order matters.
func mix(sum, hash uint64) uint64 {
	const odd = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio
	return (bits.RotateLeft64(sum, 23) ^ hash) * odd
}

// A hasher turns what requests are counted by into one number. Its seed is
// random, so nobody can look for two clients that share a counter.
type hasher struct {
	seed  maphash.Seed
	parts []part
}

// newHasher takes keys that have been checked.
func newHasher(keys []Key) *hasher {
	h := &hasher{seed: maphash.MakeSeed()}
	for _, k := range keys {
		p, _ := k.part()
		h.parts = append(h.parts, p)
	}
	return h
}

// sum puts the client's address in the place of what a request lacks: those
// who are not known do not use up each other's rate.
func (h *hasher) sum(x *plugin.Exchange) (sum uint64) {
	for _, p := range h.parts {
		hash, ok := p(h.seed, x)
		if !ok {
			hash, _ = clientIP(h.seed, x)
		}
		sum = mix(sum, hash)
	}
	return sum
}
