// SPDX-License-Identifier: Apache-2.0

package balance_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/balance"
)

// BenchmarkPick is what a pick costs.
func BenchmarkPick(b *testing.B) {
	for _, algorithm := range algorithms {
		for _, n := range []int{10, 2000} {
			set := weighted(repeat(n, func(i int) float64 { return float64(1 + i%5) })...)
			for _, target := range set {
				target.Load.Took(time.Millisecond)
			}
			picker := balance.New(algorithm, set)
			b.Run(fmt.Sprintf("%s/targets=%d", algorithm, n), func(b *testing.B) {
				b.ReportAllocs()
				hash := uint64(0)
				for b.Loop() {
					hash++
					picker.Pick(balance.Question{Hash: hash, Hashed: true})
				}
			})
			b.Run(fmt.Sprintf("%s/targets=%d/parallel", algorithm, n), func(b *testing.B) {
				b.ReportAllocs()
				var begin atomic.Uint64
				b.RunParallel(func(pb *testing.PB) {
					hash := begin.Add(1) << 32
					for pb.Next() {
						hash++
						picker.Pick(balance.Question{Hash: hash, Hashed: true})
					}
				})
			})
		}
	}
}

// BenchmarkConsistentHash is what a pick costs where it costs most: in the
// largest small set and in the emptiest tables.
func BenchmarkConsistentHash(b *testing.B) {
	for _, n := range []int{64, 65, 256, 257} {
		for name, step := range map[string]int{"equal": 1, "unequal": 5} {
			picker := balance.New(api.ConsistentHash, weighted(repeat(n, func(i int) float64 { return float64(1 + i%step) })...))
			b.Run(fmt.Sprintf("targets=%d/%s", n, name), func(b *testing.B) {
				hash := uint64(0)
				for b.Loop() {
					hash++
					picker.Pick(balance.Question{Hash: hash, Hashed: true})
				}
			})
		}
	}
}

// BenchmarkNew is what it costs to build a set anew.
func BenchmarkNew(b *testing.B) {
	for _, algorithm := range algorithms {
		for _, n := range []int{10, 2000} {
			set := weighted(repeat(n, func(i int) float64 { return float64(1 + i%5) })...)
			b.Run(fmt.Sprintf("%s/targets=%d", algorithm, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					balance.New(algorithm, set)
				}
			})
		}
	}
}

// BenchmarkLoad is what an exchange costs at its target.
func BenchmarkLoad(b *testing.B) {
	b.RunParallel(func(pb *testing.PB) {
		var own balance.Load
		for pb.Next() {
			own.Begin()
			own.Took(time.Millisecond)
			own.End()
		}
	})
}
