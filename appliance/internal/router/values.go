// SPDX-License-Identifier: Apache-2.0

package router

import (
	"net/url"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// holds says whether one value satisfies the condition. For "absent" it says
// that the name is there after all.
func (m *valueMatch) holds(value string) bool {
	switch {
	case m.value != nil:
		return value == *m.value
	case m.regexp != nil:
		return m.regexp.MatchString(value)
	}
	return true
}

// inHeader looks at every field of the name; any of them may satisfy it.
func (m *valueMatch) inHeader(r *message.Request) bool {
	for v := range r.Header.Values(m.name) {
		if m.holds(v) {
			return !m.absent
		}
	}
	if r.Host != "" && message.EqualName(m.name, "host") && m.holds(r.Host) {
		return !m.absent
	}
	return m.absent
}

// inQuery looks at every parameter of the name. Names and values are compared
// decoded.
func (m *valueMatch) inQuery(query string) bool {
	for name, value := range match.QueryPairs(query) {
		if match.EqualDecoded(name, m.name) && m.holdsEncoded(value) {
			return !m.absent
		}
	}
	return m.absent
}

func (m *valueMatch) holdsEncoded(value string) bool {
	if m.value != nil {
		return match.EqualDecoded(value, *m.value)
	}
	if m.regexp != nil && strings.ContainsAny(value, "%+") {
		if decoded, err := url.QueryUnescape(value); err == nil {
			value = decoded
		}
	}
	return m.holds(value)
}

// inCookies looks at every cookie of the name, whose case matters.
func (m *valueMatch) inCookies(r *message.Request) bool {
	for line := range r.Header.Values("cookie") {
		for name, value := range match.CookiePairs(line) {
			if name == m.name && m.holds(value) {
				return !m.absent
			}
		}
	}
	return m.absent
}
