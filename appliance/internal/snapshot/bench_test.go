// SPDX-License-Identifier: Apache-2.0

package snapshot_test

import (
	"fmt"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
)

const many = 50_000

// fleet is a configuration of many routes over a hundred upstreams, and as
// many consumers with a credential each.
func fleet() []snapshot.Object {
	all := []snapshot.Object{object("policy", "p", `{"plugins":{"first":{}}}`)}
	for i := range 100 {
		all = append(all, object("upstream", fmt.Sprintf("u%d", i), `{"targets":[{"host":"127.0.0.1","port":1}]}`))
	}
	for i := range many {
		all = append(all, fleetRoute(i, "x"),
			object("consumer", fmt.Sprintf("c%d", i), `{}`),
			object("credential", fmt.Sprintf("k%d", i), fmt.Sprintf(`{"consumer":"c%d","type":"key","secret":"%s"}`, i, secret(i))))
	}
	return all
}

func fleetRoute(i int, say string) snapshot.Object {
	return object("route", fmt.Sprintf("r%d", i), fmt.Sprintf(
		`{"hosts":["h%d.example.com"],"paths":["/a/%d/*"],"methods":["GET","POST"],"upstream":"u%d","policies":["p"],"plugins":{"second":{"say":"%s"}}}`, i%1000, i, i%100, say))
}

func BenchmarkCompileAll(b *testing.B) {
	all := fleet()
	for b.Loop() {
		c := newCompiler(b)
		if s := c.Apply(1, true, all); s.Router.Len() != many || len(s.Problems) > 0 {
			b.Fatal(s.Router.Len(), s.Problems[:1])
		}
	}
}

// Among 50,000 routes a change costs what it touches and no more.
func BenchmarkChange(b *testing.B) {
	all := append(fleet(), object("route", "bad", `{"upstream":"missing"}`)) // a problem must not make changes slow
	c := newCompiler(b)
	c.Apply(1, true, all)
	for _, bench := range []struct {
		name   string
		change func(i int) snapshot.Object
	}{
		{"route", func(i int) snapshot.Object { return fleetRoute(i%many, fmt.Sprint(i)) }},
		{"credential", func(i int) snapshot.Object {
			return object("credential", "k7", fmt.Sprintf(`{"consumer":"c7","type":"key","secret":"changed-%s"}`, secret(i)))
		}},
		{"consumer", func(i int) snapshot.Object {
			return object("consumer", "c7", fmt.Sprintf(`{"plugins":{"first":{"say":"%d"}}}`, i))
		}},
		{"upstream of 500 routes", func(i int) snapshot.Object {
			return object("upstream", "u7", fmt.Sprintf(`{"targets":[{"host":"127.0.0.1","port":%d}]}`, 1+i%2))
		}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				c.apply(bench.change(i))
			}
		})
	}
}

// One instance among 2,000 of an upstream changes, or a number of them in one
// revision.
func BenchmarkReported(b *testing.B) {
	const instances = 2000
	report := func(i, weight int) snapshot.Object {
		return instance(fmt.Sprintf("i%d", i), fmt.Sprintf(`"upstream":"u7","host":"10.0.%d.%d","port":80,"weight":%d`, i/250, i%250, weight))
	}
	all := []snapshot.Object{object("upstream", "u7", `{}`), object("route", "r", `{"upstream":"u7"}`)}
	for i := range instances {
		all = append(all, report(i, 1))
	}
	c := newCompiler(b)
	c.Apply(1, true, all)
	for _, batch := range []int{1, 50, instances} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			b.ReportAllocs()
			for at := 0; b.Loop(); {
				changes := make([]snapshot.Object, batch)
				for j := range changes {
					changes[j], at = report(at%instances, 2+at%7), at+1 // 7 does not divide 2000
				}
				if s := c.Apply(c.Current().Revision+1, false, changes); len(s.Problems) > 0 {
					b.Fatal(s.Problems[0])
				}
				c.Retire()
			}
		})
	}
}
