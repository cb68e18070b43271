// SPDX-License-Identifier: Apache-2.0

package compress

import (
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// negotiate returns the index of the offered coding that the client likes
// best, the first of several, and -1 if it likes none or prefers an unencoded
// body (RFC 9110, section 12.5.3).
//
// A request without the field could be sent any coding; it gets none, since
// who does not ask may not be able to read it. A client that forbids identity
// and accepts nothing on offer gets an unencoded body rather than an error.
func negotiate(h *message.Header, offered []string) int {
	best, quality := -1, 0
	for i, coding := range offered {
		if q := weigh(h, coding); q > quality {
			best, quality = i, q
		}
	}
	if best >= 0 && explicit(h, "identity") > quality {
		return -1
	}
	return best
}

// weigh returns the weight of a coding, that of "*" if it is not named.
func weigh(h *message.Header, coding string) int {
	if q := explicit(h, coding); q >= 0 {
		return q
	}
	return max(0, explicit(h, "*"))
}

// explicit returns the weight with which a coding is named, from 0 to 1000,
// and -1 if it is not. Elements that are not well-formed do not count.
func explicit(h *message.Header, coding string) int {
	quality := -1
	for line := range h.Values("accept-encoding") {
		for element := range strings.SplitSeq(line, ",") {
			name, parameters, weighted := strings.Cut(element, ";")
			if name = strings.Trim(name, " \t"); !message.EqualName(name, coding) && !isAlias(name, coding) {
				continue
			}
			q := 1000
			if weighted {
				q = parseWeight(parameters)
			}
			quality = max(quality, q)
		}
	}
	return quality
}

// isAlias holds RFC 9110, section 8.4.1.3.
func isAlias(name, coding string) bool { return coding == "gzip" && message.EqualName(name, "x-gzip") }

// parseWeight reads "q=0.5" in thousandths, -1 if it is not well-formed.
func parseWeight(s string) int {
	name, value, _ := strings.Cut(strings.Trim(s, " \t"), "=")
	if !message.EqualName(name, "q") || len(value) == 0 || len(value) > 5 || len(value) > 1 && value[1] != '.' {
		return -1
	}
	if value[0] != '0' && value[0] != '1' {
		return -1
	}
	q, unit := 1000*int(value[0]-'0'), 100
	for i := 2; i < len(value); i++ {
		if value[i] < '0' || value[i] > '9' {
			return -1
		}
		q += unit * int(value[i]-'0')
		unit /= 10
	}
	if q > 1000 {
		return -1
	}
	return q
}
