// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
)

// wholeNumber agrees with exact arithmetic.
func FuzzWholeNumber(f *testing.F) {
	for _, s := range []string{"0", "-0.0", "5.0", "1e3", "100e-2", "9007199254740993.0", "9223372036854775807", "9223372036854775808", "-9223372036854775808e0", "1e19", "0.1", "0e99999999999999999999", "92233720368547758070e-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var n json.Number
		if json.Unmarshal([]byte(s), &n) != nil || string(n) != s {
			return // not a JSON number
		}
		if i := strings.IndexAny(s, "eE"); i >= 0 && len(s)-i > 5 {
			return // exact arithmetic would take forever
		}
		r, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Skip()
		}
		got, whole := wholeNumber(s)
		if want := r.IsInt() && r.Num().IsInt64(); whole != want || whole && got != r.Num().Int64() {
			t.Errorf("%s is read as %d, %v; it is %s", s, got, whole, r)
		}
	})
}

func TestShowNumber(t *testing.T) {
	for n, want := range map[float64]string{0: "0", 1048576: "1048576", -5: "-5", 0.5: "0.5", 1e20: "1e+20"} {
		if got := showNumber(n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
