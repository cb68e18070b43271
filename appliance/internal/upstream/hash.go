// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"net/netip"

	"github.com/cespare/xxhash/v2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A Selection is what of a request a pick depends on.
type Selection struct {
	Request  *message.Request
	Client   netip.Addr // the client's address, which need not be the peer's
	Consumer string     // id of the consumer; "" if none is known
}

// hash returns the hash of the first of the inputs that the request has. It is
// the same on every node.
func (s *Selection) hash(inputs []api.HashInput) (hash uint64, ok bool) {
	for i := range inputs {
		if inputs[i].Source == api.HashClientAddress && s.Client.IsValid() {
			address := s.Client.As16()
			return xxhash.Sum64(address[:]), true
		}
		if value, ok := s.value(&inputs[i]); ok {
			return xxhash.Sum64String(value), true
		}
	}
	return 0, false
}

func (s *Selection) value(input *api.HashInput) (value string, ok bool) {
	switch input.Source {
	case api.HashPath:
		return s.Request.Path, true
	case api.HashConsumer:
		return s.Consumer, s.Consumer != ""
	case api.HashHeader:
		if message.EqualName(input.Name, "host") {
			return s.Request.Host, s.Request.Host != ""
		}
		for value := range s.Request.Header.Values(input.Name) {
			return value, true
		}
	case api.HashCookie:
		for line := range s.Request.Header.Values("cookie") {
			for name, value := range match.CookiePairs(line) {
				if name == input.Name {
					return value, true
				}
			}
		}
	case api.HashQuery:
		for name, value := range match.QueryPairs(s.Request.Query) {
			if name == input.Name {
				return value, true
			}
		}
	}
	return "", false
}
