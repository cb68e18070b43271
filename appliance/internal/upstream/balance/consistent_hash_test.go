// SPDX-License-Identifier: Apache-2.0

package balance_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/balance"
)

// places tells for each hash which target takes it.
func places(set []balance.Target, n int, skip func(int) bool) []string {
	b := balance.New(api.ConsistentHash, set)
	keys := make([]string, n)
	for k := range keys {
		keys[k] = set[b.Pick(balance.Question{Hash: uint64(k), Hashed: true, Skip: skip})].Key
	}
	return keys
}

func moved(before, after []string) (share float64) {
	for k := range before {
		if before[k] != after[k] {
			share += 1 / float64(len(before))
		}
	}
	return share
}

const many = 300_000

// S1-03: when a target joins or leaves, at most 1.5 x the share that has to
// moves. A set that lacks a target is what it leaves behind and what it joins.
func TestConsistentHashMovesFew(t *testing.T) {
	equal := func(int) float64 { return 10 }
	unequal := func(i int) float64 { return float64(1+i%9) / 3 }
	for _, test := range []struct {
		n      int
		weight func(i int) float64
	}{{2, equal}, {10, equal}, {10, unequal}, {100, equal}, {100, unequal}, {1000, equal}, {2000, equal}, {2000, unequal}} {
		set := weighted(repeat(test.n, test.weight)...)
		sum := 0.0
		for _, target := range set {
			sum += target.Weight
		}
		whole := places(set, many, nil)
		ideal, got, worst := 0.0, 0.0, 0.0
		for _, i := range []int{0, test.n / 7, test.n / 3, test.n - 1} {
			share := set[i].Weight / sum
			without := moved(whole, places(slices.Delete(slices.Clone(set), i, i+1), many, nil))
			ideal, got, worst = ideal+share, got+without, max(worst, without/share)
		}
		t.Logf("%d targets: %.3f x the ideal moves, at worst %.3f", test.n, got/ideal, worst)
		if worst > 1.5 {
			t.Errorf("%d targets: %.2f x the ideal moves, at worst %.2f", test.n, got/ideal, worst)
		}
	}
}

// S1-03: nothing moves between targets that stay, in small sets; and little,
// when a weight changes.
func TestConsistentHashSlowStart(t *testing.T) {
	for _, n := range []int{10, 300} {
		set := weighted(repeat(n, func(int) float64 { return 10 })...)
		set[3].Weight = 1
		before := places(set, many, nil)
		for _, w := range []float64{2.5, 4, 9.9, 10} {
			gain := w - set[3].Weight
			set[3].Weight = w
			after := places(set, many, nil)
			ideal := gain / (float64(n-1)*10 + w)
			if got := moved(before, after); got > 1.5*ideal {
				t.Errorf("%d targets, weight %g: %.4f moved, want %.4f", n, w, got, ideal)
			}
			before = after
		}
	}
}

// S1-03: shares of hashes are within 10% of the weights, targets with few
// hashes left aside.
func TestConsistentHashWeights(t *testing.T) {
	for _, test := range []struct {
		weights []float64
		n       int
	}{
		{[]float64{1, 1, 1}, many},
		{[]float64{95, 5}, many},
		{[]float64{10, 10, 1, 0.5}, many},
		{repeat(10, func(i int) float64 { return float64(1 + i) }), many},
		{repeat(100, func(i int) float64 { return float64(1 + i%10) }), 1_000_000},
		{repeat(300, func(i int) float64 { return float64(1 + i%10) }), 2_000_000},
		{repeat(2000, func(int) float64 { return 1 }), 4_000_000},
	} {
		set := weighted(test.weights...)
		sum, worst := 0.0, 0.0
		for _, w := range test.weights {
			sum += w
		}
		got := shares(t, set, balance.New(api.ConsistentHash, set), test.n, nil)
		for i, w := range test.weights {
			worst = max(worst, math.Abs(got[i]/(w/sum)-1))
		}
		t.Logf("%d targets: at worst %.1f%% off", len(set), 100*worst)
		if worst > 0.1 {
			t.Errorf("%d targets: a share is %.1f%% off", len(set), 100*worst)
		}
	}
}

// S1-03: where hashes go does not depend on the order of the set, or on the
// balancer: nodes agree. Nor may another release of the gateway differ.
func TestConsistentHashAgrees(t *testing.T) {
	for _, n := range []int{10, 500} {
		set := weighted(repeat(n, func(i int) float64 { return float64(1 + i%4) })...)
		reversed := slices.Clone(set)
		slices.Reverse(reversed)
		if share := moved(places(set, 100_000, nil), places(reversed, 100_000, nil)); share > 0 {
			t.Errorf("%d targets: %.4f go elsewhere if the order is another", n, share)
		}
	}
	for n, want := range map[int]string{
		5:   "[10.0.0.3:8080 10.0.0.0:8080 10.0.0.1:8080 10.0.0.1:8080]",
		500: "[10.0.1.180:8080 10.0.1.195:8080 10.0.0.79:8080 10.0.0.103:8080]",
	} {
		set := weighted(repeat(n, func(i int) float64 { return float64(1 + i%4) })...)
		if got := fmt.Sprint(places(set, 4, nil)); got != want {
			t.Errorf("%d targets: %s, want %s", n, got, want)
		}
	}
}

// S1-03: a target that is skipped is as good as gone: its hashes go where they
// would without it, always the same way, and no other hash moves.
func TestConsistentHashSecondChoice(t *testing.T) {
	for _, n := range []int{10, 500} {
		set := weighted(repeat(n, func(i int) float64 { return float64(1 + i%4) })...)
		before := places(set, 200_000, nil)
		skipped := places(set, 200_000, func(i int) bool { return i == 4 })
		to := make(map[string]bool)
		for k := range before {
			if before[k] != set[4].Key && before[k] != skipped[k] {
				t.Fatalf("%d targets: hash %d moved from a target that is not skipped", n, k)
			}
			if before[k] == set[4].Key {
				to[skipped[k]] = true
			}
		}
		if len(to) < n/5 {
			t.Errorf("%d targets: all of the skipped one's hashes go to %d", n, len(to))
		}
		gone := places(slices.Delete(slices.Clone(set), 4, 5), 200_000, nil)
		if share := moved(skipped, gone); n == 10 && share > 0 || share > 0.005 {
			t.Errorf("%d targets: %.4f go elsewhere when the target is gone", n, share)
		}
	}
}

// Targets of the same key, which nobody should configure, share.
func TestConsistentHashSameKey(t *testing.T) {
	for _, n := range []int{4, 200} {
		set := weighted(repeat(n, func(int) float64 { return 1 })...)
		for i := range set {
			set[i].Key = "same:80"
		}
		got := shares(t, set, balance.New(api.ConsistentHash, set), many, nil)
		for i := range got {
			if math.Abs(got[i]*float64(n)-1) > 0.1 {
				t.Errorf("target %d of %d got %.4f", i, n, got[i])
			}
		}
	}
}
