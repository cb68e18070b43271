// SPDX-License-Identifier: Apache-2.0

package match_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
)

// Values that every version must give: users must not change sides with an
// upgrade.
func TestHashPercentIsForEver(t *testing.T) {
	for text, want := range map[string]float64{"": 93.467493153171, "user-7": 13.058352550545, "10.1.2.3": 26.458987027281} {
		if got := match.HashPercent(text); math.Abs(got-want) > 1e-9 {
			t.Errorf("%q: got %.12f, want %.12f", text, got, want)
		}
	}
}

// 100,000 keys land within 0.5 points of every share (S0-13).
func TestHashPercentSpreads(t *testing.T) {
	const keys = 100_000
	for _, share := range []float64{1, 10, 50, 90} {
		below := 0
		for i := range keys {
			if match.HashPercent(fmt.Sprintf("user-%d", i)) < share {
				below++
			}
		}
		if got := 100 * float64(below) / keys; math.Abs(got-share) > 0.5 {
			t.Errorf("a share of %g got %g", share, got)
		}
	}
}
