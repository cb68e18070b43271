// SPDX-License-Identifier: Apache-2.0

package match

import (
	"iter"
	"strings"
)

// QueryPairs yields the names and values of a query, not decoded. A
// parameter without "=" has the value "".
func QueryPairs(query string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for rest := query; rest != ""; {
			var pair string
			pair, rest, _ = strings.Cut(rest, "&")
			if pair == "" {
				continue
			}
			if name, value, _ := strings.Cut(pair, "="); !yield(name, value) {
				return
			}
		}
	}
}

// CookiePairs yields the names and values of a Cookie field (RFC 6265,
// section 4.2.1), values without surrounding quotes.
func CookiePairs(line string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for rest := line; rest != ""; {
			var pair string
			pair, rest, _ = strings.Cut(rest, ";")
			name, value, ok := strings.Cut(strings.Trim(pair, " \t"), "=")
			if !ok || name == "" {
				continue
			}
			if n := len(value); n >= 2 && value[0] == '"' && value[n-1] == '"' {
				value = value[1 : n-1]
			}
			if !yield(name, value) {
				return
			}
		}
	}
}

// EqualDecoded reports whether a name or value of a query, decoded, is want.
// What is not properly encoded stands for itself. It does not allocate.
func EqualDecoded(raw, want string) bool {
	if !properlyEncoded(raw) {
		return raw == want
	}
	j := 0
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch c {
		case '+':
			c = ' '
		case '%':
			c = byte(unhex(raw[i+1])<<4 | unhex(raw[i+2]))
			i += 2
		}
		if j >= len(want) || want[j] != c {
			return false
		}
		j++
	}
	return j == len(want)
}

func properlyEncoded(raw string) bool {
	for i := 0; i < len(raw); i++ {
		if raw[i] == '%' && (i+2 >= len(raw) || unhex(raw[i+1]) < 0 || unhex(raw[i+2]) < 0) {
			return false
		}
	}
	return true
}
