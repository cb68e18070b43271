// SPDX-License-Identifier: Apache-2.0

package router

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// entry makes a route for tests and benchmarks.
func entry(t testing.TB, r *api.Route) *Entry[int] {
	t.Helper()
	e, err := NewEntry(r, 0)
	if err != nil {
		t.Fatalf("%s: %v", r.ID, err)
	}
	return e
}

// shapes of configurations: all routes on one host, a host for each, and one
// path for all, told apart by a header. A look-up in the last is linear.
var shapes = []struct {
	name  string
	route func(i int) api.Route
}{
	{"one_host", func(i int) api.Route {
		return api.Route{Hosts: hosts("api.example.com"), Paths: paths(match.PathPattern(fmt.Sprintf("/v1/service-%d/*", i)))}
	}},
	{"many_hosts", func(i int) api.Route {
		return api.Route{Hosts: hosts(match.HostPattern(fmt.Sprintf("h%d.example.com", i))), Paths: paths("/v1/*")}
	}},
	{"one_path", func(i int) api.Route {
		return api.Route{Paths: paths("/v1/*"), Headers: []api.ValueMatch{{Name: "x-tenant", Value: ptr(fmt.Sprint(i))}}}
	}},
}

func sample(t testing.TB, shape, n int) []*Entry[int] {
	entries := make([]*Entry[int], n)
	for i := range entries {
		r := shapes[shape].route(i)
		r.ID = fmt.Sprintf("route-%d", i)
		entries[i] = entry(t, &r)
	}
	return entries
}

// Requests go to every route in turn, so that caches hold no more of the tree
// than in life.
func BenchmarkMatch(b *testing.B) {
	for shape := range shapes[:2] {
		for _, n := range []int{1, 1000, 50000} {
			b.Run(fmt.Sprintf("%s/%d", shapes[shape].name, n), func(b *testing.B) {
				entries := sample(b, shape, n)
				r := New[int]().With(entries, nil)
				requests := make([]message.Request, min(n, 4096))
				for i := range requests {
					e := entries[i*len(entries)/len(requests)]
					p := string(e.Route.Paths[0])
					requests[i] = message.Request{Method: "GET", Host: string(e.Route.Hosts[0]) + ":8443", Path: p[:len(p)-1] + "users/42"}
				}
				client := netip.MustParseAddr("10.1.2.3")
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					if e, _ := r.Match(&requests[i], client); e == nil {
						b.Fatal("no match")
					}
					if i++; i == len(requests) {
						i = 0
					}
				}
			})
		}
	}
}

// One changed route among 50,000.
func BenchmarkWithOne(b *testing.B) {
	for shape := range shapes {
		b.Run(shapes[shape].name, func(b *testing.B) {
			entries := sample(b, shape, 50000)
			r := New[int]().With(entries, nil)
			one := make([]*Entry[int], 1)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				one[0] = entries[i%len(entries)]
				r = r.With(one, nil)
				i += 7919
			}
		})
	}
}

// All of 50,000 routes, the entries compiled before.
func BenchmarkBuild(b *testing.B) {
	for shape := range shapes {
		b.Run(shapes[shape].name, func(b *testing.B) {
			entries := sample(b, shape, 50000)
			b.ReportAllocs()
			for b.Loop() {
				New[int]().With(entries, nil)
			}
		})
	}
}
