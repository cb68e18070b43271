// SPDX-License-Identifier: Apache-2.0

package balance_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/balance"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

var algorithms = []string{api.RoundRobin, api.LeastRequest, api.EWMA, api.ConsistentHash, api.Random}

// weighted returns a set of such weights.
func weighted(weights ...float64) []balance.Target {
	set := make([]balance.Target, len(weights))
	for i, w := range weights {
		set[i] = balance.Target{Key: fmt.Sprintf("10.0.%d.%d:8080", i/256, i%256), Weight: w, Load: new(balance.Load)}
	}
	return set
}

func repeat(n int, weight func(i int) float64) []float64 {
	weights := make([]float64, n)
	for i := range weights {
		weights[i] = weight(i)
	}
	return weights
}

var distributions = map[string][]float64{
	"one":          {7},
	"equal":        {1, 1, 1},
	"canary":       {95, 5},
	"tiny canary":  {1000, 1},
	"slow start":   {10, 10, 3.7, 10, 1.0 / 3},
	"fractions":    {0.1, 0.2, 0.7001},
	"switched off": {1, 0, 3},
	"large primes": {9973, 9967, 7, 1},
	"large":        {10000, 1, 9999},
	"one giant":    repeat(300, func(i int) float64 { return map[bool]float64{true: 300, false: 1}[i == 17] }),
	"many equal":   repeat(1000, func(int) float64 { return 10 }),
	"many mixed":   repeat(997, func(i int) float64 { return float64(i*37%10000 + 1) }),
}

// shares counts picks of requests whose hashes are 0, 1, 2...
func shares(t testing.TB, set []balance.Target, b balance.Balancer, n int, skip func(int) bool) []float64 {
	t.Helper()
	counts := make([]float64, len(set))
	for k := range n {
		i := b.Pick(balance.Question{Hash: uint64(k), Hashed: true, Skip: skip})
		if i < 0 || i >= len(set) {
			t.Fatalf("picked %d of %d", i, len(set))
		}
		counts[i] += 1 / float64(n)
	}
	return counts
}

// compare checks shares against the weights of those that are not skipped.
func compare(t testing.TB, set []balance.Target, got []float64, skip func(int) bool, tolerance float64) {
	t.Helper()
	sum := 0.0
	for i, target := range set {
		if skip == nil || !skip(i) {
			sum += target.Weight
		}
	}
	for i, target := range set {
		want := target.Weight / sum
		if skip != nil && skip(i) {
			want = 0
		}
		if math.Abs(got[i]-want) > tolerance || want == 0 && got[i] > 0 {
			t.Errorf("target %d of weight %g got %.4f, want %.4f", i, target.Weight, got[i], want)
		}
	}
}

// S1-02, S1-39: shares are within 1 point of the weights over 100,000 picks,
// by every algorithm, and so are those of requests without a hash.
func TestShares(t *testing.T) {
	for _, algorithm := range algorithms {
		for name, weights := range distributions {
			t.Run(algorithm+"/"+name, func(t *testing.T) {
				set := weighted(weights...)
				b := balance.New(algorithm, set)
				compare(t, set, shares(t, set, b, 100_000, nil), nil, 0.01)
				counts := make([]float64, len(set))
				for range 100_000 {
					counts[b.Pick(balance.Question{Hash: 7})] += 1e-5
				}
				compare(t, set, counts, nil, 0.01)
			})
		}
	}
}

// S1-02: targets that are skipped get nothing, and the others what is left by
// their weights.
func TestSkip(t *testing.T) {
	for _, algorithm := range algorithms {
		for name, test := range map[string]struct {
			weights []float64
			skip    func(i int) bool
		}{
			"the heaviest":  {[]float64{1, 2, 6, 0}, func(i int) bool { return i == 2 }},
			"one of two":    {[]float64{1, 3}, func(i int) bool { return i == 1 }},
			"every other":   {repeat(300, func(i int) float64 { return float64(1 + i%7) }), func(i int) bool { return i%2 == 0 }},
			"all but three": {repeat(2000, func(i int) float64 { return float64(1 + i%3) }), func(i int) bool { return i < 1997 }},
			"all but one":   {repeat(2000, func(int) float64 { return 1.5 }), func(i int) bool { return i != 4 }},
			"a small one":   {[]float64{5, 1, 3}, func(i int) bool { return i == 1 }},
		} {
			t.Run(algorithm+"/"+name, func(t *testing.T) {
				set := weighted(test.weights...)
				b, n, tolerance := balance.New(algorithm, set), 100_000, 0.012
				if len(set) == 2000 {
					n, tolerance = 5000, 0.04 // most are gone through
				}
				compare(t, set, shares(t, set, b, n, test.skip), test.skip, tolerance)
			})
		}
	}
}

// S1-02: -1 if no target is left.
func TestNoneLeft(t *testing.T) {
	for _, algorithm := range algorithms {
		for name, test := range map[string]struct {
			weights []float64
			skip    func(int) bool
		}{
			"no targets":    {nil, nil},
			"no weights":    {[]float64{0, 0}, nil},
			"bad weights":   {[]float64{-1, math.NaN(), math.Inf(-1)}, nil},
			"one skipped":   {[]float64{1}, func(int) bool { return true }},
			"all skipped":   {[]float64{1, 2, 3}, func(int) bool { return true }},
			"rest unusable": {[]float64{1, 0}, func(i int) bool { return i == 0 }},
			"many skipped":  {repeat(500, func(i int) float64 { return float64(i) }), func(int) bool { return true }},
		} {
			b := balance.New(algorithm, weighted(test.weights...))
			for k := range 100 {
				if i := b.Pick(balance.Question{Hash: uint64(k), Hashed: k%2 == 0, Skip: test.skip}); i != -1 {
					t.Errorf("%s, %s: picked %d", algorithm, name, i)
				}
			}
		}
	}
}

// S1-61: a name that no algorithm has is round robin, and targets without a
// load can be picked.
func TestUnknownAlgorithm(t *testing.T) {
	b := balance.New("nonsense", []balance.Target{{Key: "a:1", Weight: 1}, {Key: "b:1", Weight: 1}})
	previous := b.Pick(balance.Question{})
	for range 10 {
		next := b.Pick(balance.Question{})
		if next != 1-previous {
			t.Fatalf("%d after %d, want turns", next, previous)
		}
		previous = next
	}
	for _, algorithm := range algorithms {
		if i := balance.New(algorithm, []balance.Target{{Weight: 1}}).Pick(balance.Question{}); i != 0 {
			t.Errorf("%s: picked %d of one", algorithm, i)
		}
	}
}

// Answers of Skip may change from one to the next.
func TestSkipChangesItsMind(t *testing.T) {
	for _, algorithm := range algorithms {
		for _, n := range []int{1, 2, 3, 100, 300} {
			b := balance.New(algorithm, weighted(repeat(n, func(i int) float64 { return float64(1 + i) })...))
			for k := range 1000 {
				calls := 0
				i := b.Pick(balance.Question{Hash: uint64(k), Hashed: true, Skip: func(i int) bool {
					if i < 0 || i >= n {
						t.Fatalf("%s: asked for %d of %d", algorithm, i, n)
					}
					calls++
					return calls < k || calls%3 == 0
				}})
				if i < -1 || i >= n {
					t.Errorf("%s: picked %d of %d", algorithm, i, n)
				}
			}
		}
	}
}

// S1-02: many pick from a set at once, while exchanges begin and end.
func TestConcurrentPicks(t *testing.T) {
	for _, algorithm := range algorithms {
		set := weighted(5, 1, 2.5, 9)
		b := balance.New(algorithm, set)
		var all sync.WaitGroup
		for g := range 8 {
			all.Go(func() {
				for k := range 5000 {
					i := b.Pick(balance.Question{Hash: rand.Uint64(), Hashed: true, Skip: func(i int) bool { return i == g }})
					if i < 0 || i == g {
						t.Errorf("%s: picked %d", algorithm, i)
						return
					}
					set[i].Load.Begin()
					if k%7 > 0 {
						set[i].Load.Took(time.Duration(k))
					}
					set[i].Load.End()
				}
			})
		}
		all.Wait()
		for i, target := range set {
			if n := target.Load.InFlight(); n != 0 {
				t.Errorf("%s: %d in flight at target %d after all", algorithm, n, i)
			}
		}
	}
}

// Picks and what is told to loads allocate nothing.
func TestNoAllocation(t *testing.T) {
	for _, algorithm := range algorithms {
		for _, n := range []int{1, 10, 2000} {
			set := weighted(repeat(n, func(i int) float64 { return float64(1 + i%5) })...)
			b := balance.New(algorithm, set)
			skip := func(i int) bool { return i%3 == 1 }
			hash := uint64(0)
			if allocations := testing.AllocsPerRun(1000, func() {
				hash++
				i := b.Pick(balance.Question{Hash: hash, Hashed: true, Skip: skip})
				set[i].Load.Begin()
				set[i].Load.Took(time.Millisecond)
				set[i].Load.End()
				b.Pick(balance.Question{})
			}); allocations != 0 {
				t.Errorf("%s, %d targets: %v allocations", algorithm, n, allocations)
			}
		}
	}
}

// Whatever the weights are, New builds a balancer, which picks a target that
// has a weight and is not skipped.
func FuzzNew(f *testing.F) {
	number := func(values ...float64) (data []byte) {
		for _, v := range values {
			data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
		}
		return data
	}
	f.Add("round_robin", uint16(1), uint64(0), number(1, 2, 3))
	f.Add("ewma", uint16(1), uint64(1), number(math.Inf(1), math.NaN(), -1, 0, math.SmallestNonzeroFloat64, math.MaxFloat64))
	f.Add("consistent_hash", uint16(200), uint64(5), number(1e-300, 0.5, 1e300))
	f.Add("least_request", uint16(50), uint64(1<<63), number(0.1, 0.7, 0))
	f.Add("random", uint16(300), uint64(3), number(1e9, 1))
	f.Fuzz(func(t *testing.T, algorithm string, times uint16, hash uint64, data []byte) {
		var once []float64
		for ; len(data) >= 8 && len(once) < 64; data = data[8:] {
			once = append(once, math.Float64frombits(binary.LittleEndian.Uint64(data)))
		}
		var weights []float64
		for range times%300 + 1 {
			weights = append(weights, once...)
		}
		set := weighted(weights...)
		skip := func(i int) bool { return hash>>(i%64)&1 == 1 }
		usable, left := false, false
		for i, w := range weights {
			usable = usable || w > 0
			left = left || w > 0 && !skip(i)
		}
		for _, algorithm := range append(algorithms, algorithm) {
			b := balance.New(algorithm, set)
			for k := range uint64(8) {
				q := balance.Question{Hash: hash + k, Hashed: k%2 == 0}
				expected := usable
				if k >= 4 {
					q.Skip, expected = skip, left
				}
				i := b.Pick(q)
				switch {
				case !expected && i != -1:
					t.Fatalf("%s: picked %d, nothing is left", algorithm, i)
				case expected && (i < 0 || i >= len(set) || !(weights[i] > 0) || q.Skip != nil && skip(i)):
					t.Fatalf("%s: picked %d of %d", algorithm, i, len(set))
				}
			}
		}
	})
}
