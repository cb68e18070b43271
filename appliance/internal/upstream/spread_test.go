// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(a, b []float64) bool {
	for i := range a {
		if math.Abs(a[i]-b[i]) > 1e-9 {
			return false
		}
	}
	return len(a) == len(b)
}

// S1-02: tiers take over from each other.
func TestTierShares(t *testing.T) {
	for name, test := range map[string]struct {
		tiers []capacity
		want  []float64
	}{
		"all well":            {[]capacity{{10, 10}, {10, 10}}, []float64{1, 0}},
		"few are missing":     {[]capacity{{8, 10}, {10, 10}}, []float64{1, 0}},
		"half is missing":     {[]capacity{{5, 10}, {10, 10}}, []float64{0.7, 0.3}},
		"the first is gone":   {[]capacity{{0, 10}, {10, 10}}, []float64{0, 1}},
		"the first is empty":  {[]capacity{{0, 0}, {1, 1}}, []float64{0, 1}},
		"three":               {[]capacity{{0, 4}, {2, 4}, {4, 4}}, []float64{0, 0.7, 0.3}},
		"too few everywhere":  {[]capacity{{1, 10}, {2, 10}}, []float64{1.0 / 3, 2.0 / 3}},
		"nothing":             {[]capacity{{0, 10}, {0, 10}}, []float64{0, 0}},
		"one tier, few left":  {[]capacity{{1, 100}}, []float64{1}},
		"no tier, no problem": {nil, nil},
	} {
		if got := tierShares(test.tiers); !near(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// S3-48: the own zone first, as far as that is fair to its targets.
func TestZoneShares(t *testing.T) {
	for name, test := range map[string]struct {
		own        int
		zones      []capacity
		arrives    []float64
		minHealthy int
		want       []float64
	}{
		"equal zones":                    {0, []capacity{{3, 3}, {3, 3}}, []float64{0.5, 0.5}, 70, []float64{1, 0}},
		"the own zone has few":           {0, []capacity{{1, 1}, {9, 9}}, []float64{0.5, 0.5}, 70, []float64{0.2, 0.8}},
		"the own zone has many":          {1, []capacity{{1, 1}, {9, 9}}, []float64{0.5, 0.5}, 70, []float64{0, 1}},
		"one of ten is ill":              {0, []capacity{{9, 10}, {10, 10}}, []float64{0.5, 0.5}, 70, []float64{1, 0}},
		"half is ill":                    {0, []capacity{{5, 10}, {10, 10}}, []float64{0.5, 0.5}, 70, []float64{2.0 / 3, 1.0 / 3}},
		"the own zone is ill":            {0, []capacity{{0, 10}, {10, 10}}, []float64{0.5, 0.5}, 70, []float64{0, 1}},
		"no target in the own zone":      {-1, []capacity{{1, 1}, {3, 3}}, []float64{0, 0}, 70, []float64{0.25, 0.75}},
		"all nodes in one zone":          {0, []capacity{{5, 5}, {5, 5}}, []float64{1, 0}, 70, []float64{0.5, 0.5}},
		"spill goes where there is room": {0, []capacity{{1, 1}, {2, 2}, {3, 3}}, []float64{1. / 3, 1. / 3, 1. / 3}, 70, []float64{0.5, 0, 0.5}},
		"alone":                          {0, []capacity{{1, 5}}, []float64{1}, 70, []float64{1}},
		"nothing":                        {0, []capacity{{0, 5}, {0, 5}}, []float64{0.5, 0.5}, 70, []float64{0, 0}},
		"never as whole":                 {0, []capacity{{9, 10}, {10, 10}}, []float64{0.5, 0.5}, 100, []float64{18. / 19, 1. / 19}},
	} {
		if got := zoneShares(test.own, test.zones, test.arrives, test.minHealthy); !near(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// S3-47, S3-48: while every zone is well and each has nodes, every target of
// every zone gets the same, however targets and nodes are spread.
func TestZonesAreFair(t *testing.T) {
	for range 1000 {
		n := 2 + rand.IntN(4)
		zones, arrives, targets, nodes := make([]capacity, n), make([]float64, n), 0.0, 0.0
		for i := range n {
			count := float64(1 + rand.IntN(20))
			zones[i] = capacity{count, count}
			targets += count
			arrives[i] = float64(1 + rand.IntN(10))
			nodes += arrives[i]
		}
		for i := range arrives {
			arrives[i] /= nodes
		}
		load := make([]float64, n)
		for own := range n {
			shares, sum := zoneShares(own, zones, arrives, 70), 0.0
			for i, share := range shares {
				load[i] += arrives[own] * share
				sum += share
			}
			if math.Abs(sum-1) > 1e-9 {
				t.Fatalf("the shares of zone %d add up to %g: %v", own, sum, shares)
			}
		}
		for i := range load {
			if want := zones[i].total / targets; math.Abs(load[i]-want) > 1e-9 {
				t.Fatalf("zone %d gets %g of all, and has %g of the targets (zones %v, nodes %v)", i, load[i], want, zones, arrives)
			}
		}
	}
}
