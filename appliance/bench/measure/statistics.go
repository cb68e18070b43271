// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"math"
	"slices"
	"time"
)

// A Figure sums up what several rounds measured.
type Figure struct {
	Median, Min, Max float64
	Low, High        float64 // quartiles (nearest rank)
	Rounds           int
}

// Sum returns the figure of some rounds; of none it has no rounds.
func Sum(rounds []float64) Figure {
	if len(rounds) == 0 {
		return Figure{}
	}
	sorted := slices.Sorted(slices.Values(rounds))
	n := len(sorted)
	return Figure{
		Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, Min: sorted[0], Max: sorted[n-1],
		Low: sorted[(n+3)/4-1], High: sorted[(3*n+3)/4-1], Rounds: n,
	}
}

// Spread is how far the quartiles lie apart, as a share of the median: one
// disturbed round among many, which the median does not see, is no spread.
func (f Figure) Spread() float64 {
	if f.Median == 0 {
		return 0
	}
	return (f.High - f.Low) / f.Median
}

// Ratios divides round by round: what disturbed a round disturbed both of
// its measurements. Rounds that one of them lacks are left out.
func Ratios(subject, peer []float64) []float64 {
	var ratios []float64
	for i := range min(len(subject), len(peer)) {
		if peer[i] > 0 {
			ratios = append(ratios, subject[i]/peer[i])
		}
	}
	return ratios
}

// Drift is how much the second half of the rounds differs from the first, as
// a share of the first. A machine that slows down or is shared drifts.
func Drift(rounds []float64) float64 {
	half := len(rounds) / 2
	if half == 0 {
		return 0
	}
	first, second := Sum(rounds[:half]).Median, Sum(rounds[len(rounds)-half:]).Median
	if first == 0 {
		return 0
	}
	return (second - first) / first
}

// Percentile returns the smallest value that at least p percent of the sorted
// values do not exceed (nearest rank), and 0 if there are none.
func Percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}
