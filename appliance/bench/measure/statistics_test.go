// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestSum(t *testing.T) {
	for _, c := range []struct {
		name   string
		rounds []float64
		want   Figure
	}{
		{"none", nil, Figure{}},
		{"one", []float64{3}, Figure{Median: 3, Min: 3, Max: 3, Low: 3, High: 3, Rounds: 1}},
		{"even", []float64{4, 1, 3, 2}, Figure{Median: 2.5, Min: 1, Max: 4, Low: 1, High: 3, Rounds: 4}},
		{"odd, with an outlier", []float64{5, 900, 1, 3, 2, 6, 4}, Figure{Median: 4, Min: 1, Max: 900, Low: 2, High: 6, Rounds: 7}},
	} {
		given := slices.Clone(c.rounds)
		if got := Sum(given); got != c.want {
			t.Errorf("%s: Sum = %+v, want %+v", c.name, got, c.want)
		}
		if !slices.Equal(given, c.rounds) {
			t.Errorf("%s: Sum changed the order of the rounds, which pairs them", c.name)
		}
	}
}

func TestSpreadLeavesOutliersOut(t *testing.T) {
	if got := Sum([]float64{10, 10, 10, 10, 10, 10, 99}).Spread(); got != 0 {
		t.Errorf("one outlier of seven: spread %v, want 0", got)
	}
	if got := Sum([]float64{8, 10, 12}).Spread(); got != 0.4 {
		t.Errorf("spread %v, want 0.4", got)
	}
	if got := (Figure{}).Spread(); got != 0 {
		t.Errorf("no rounds: spread %v, want 0", got)
	}
}

// Ratios are of rounds, not of medians: a slow round is slow for both.
func TestRatios(t *testing.T) {
	got := Ratios([]float64{10, 30, 12, 7}, []float64{10, 20, 0})
	if want := []float64{1, 1.5}; !slices.Equal(got, want) {
		t.Errorf("Ratios = %v, want %v", got, want)
	}
}

func TestDrift(t *testing.T) {
	for _, c := range []struct {
		rounds []float64
		want   float64
	}{
		{nil, 0},
		{[]float64{5}, 0},
		{[]float64{10, 12}, 0.2},
		{[]float64{10, 99, 8}, -0.2},
		{[]float64{10, 10, 10, 11, 11, 11}, 0.1},
	} {
		if got := Drift(c.rounds); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("Drift(%v) = %v, want %v", c.rounds, got, c.want)
		}
	}
}

func TestPercentile(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for _, c := range []struct {
		sorted []time.Duration
		p      float64
		want   time.Duration
	}{
		{nil, 50, 0},
		{[]time.Duration{7}, 99.9, 7},
		{hundred, 0, 1},
		{hundred, 50, 50},
		{hundred, 99, 99},
		{hundred, 99.9, 100},
		{hundred, 100, 100},
	} {
		if got := Percentile(c.sorted, c.p); got != c.want {
			t.Errorf("percentile %v of %d values = %d, want %d", c.p, len(c.sorted), got, c.want)
		}
	}
}
