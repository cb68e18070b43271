// SPDX-License-Identifier: Apache-2.0

package match

import (
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/cespare/xxhash/v2"
)

// HashPercent maps a text to a number from 0 up to 100, the same on every node
// and in every version: a text below 10 is below 20 too, so raising a share
// keeps those who were in it. Texts spread evenly (XXH64, its upper 53 bits).
func HashPercent(s string) float64 {
	const spread = 1 << 53
	return float64(xxhash.Sum64String(s)>>11) / spread * 100
}

const hashPercentName = "hashPercent"

// hashPercent is the function of the same name: text.hashPercent().
func hashPercent(text ref.Val) ref.Val { return types.Double(HashPercent(string(text.(types.String)))) }
