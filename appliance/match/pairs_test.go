// SPDX-License-Identifier: Apache-2.0

package match_test

import (
	"net/url"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
)

// Decoded comparison agrees with decoding.
func FuzzEqualDecoded(f *testing.F) {
	f.Add("a+b%20c", "a b c")
	f.Add("%zz", "%zz")
	f.Add("%2", "")
	f.Fuzz(func(t *testing.T, raw, want string) {
		decoded, err := url.QueryUnescape(raw)
		if err != nil {
			decoded = raw
		}
		if got := match.EqualDecoded(raw, want); got != (decoded == want) {
			t.Errorf("%q is %q: %t", raw, want, got)
		}
		if !match.EqualDecoded(raw, decoded) {
			t.Errorf("%q is not %q", raw, decoded)
		}
	})
}

func TestCookiePairs(t *testing.T) {
	var got string
	for name, value := range match.CookiePairs(`a=1; b="2";c = 3;; =4; d; e="; f=a=b`) {
		got += name + "=" + value + "|"
	}
	if want := `a=1|b=2|c = 3|e="|f=a=b|`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestQueryPairs(t *testing.T) {
	var got string
	for name, value := range match.QueryPairs("a=1&&b&=c&d=e=f&") {
		got += name + "=" + value + "|"
	}
	if want := "a=1|b=|=c|d=e=f|"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
