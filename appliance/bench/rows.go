// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/tls"
	"fmt"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/load"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/peer"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/target"
)

// A row is one piece of work and what it may cost.
type row struct {
	name, title string
	unit        unit
	limit       float64 // highest ratio of the subject's cost to the peer's; 0 is no limit
	contenders  []contender
	load        load.Work
	paced       load.Pacer // the same work at a fixed rate, for its latency; nil for none
	details     bool       // allocations and system calls are counted too
}

// A contender is a proxy with what it is configured for. The first of a row
// is the subject; it is compared with the cheapest of those after it that are
// no base.
type contender struct {
	proxy *peer.Proxy
	work  peer.Work
	base  bool // another build of Penstock, for comparison only
}

// A unit is what is counted and how its cost is written.
type unit struct {
	thing string  // such as "request"
	many  string  // its plural
	count float64 // how much of what a loop counts is one thing
	cost  string  // unit of the cost, such as "µs"
	scale float64 // seconds of CPU time to that unit
}

// Units of the rows.
var (
	perRequest = unit{thing: "request", many: "requests", count: 1, cost: "µs", scale: 1e6}
	perCall    = unit{thing: "call", many: "calls", count: 1, cost: "µs", scale: 1e6}
	perGiB     = unit{thing: "GiB", many: "GiB", count: 1 << 30, cost: "ms", scale: 1e3}
)

// Sizes of the work.
const (
	connections = 64
	bodySize    = 100 << 20
	bodyConns   = 4
	manyRoutes  = 50_000
	messageSize = 128 // of a gRPC message, in bytes
)

// host is what requests ask for, and the name in the certificate.
const host = "bench.example.com"

// names lists the rows in their order.
var names = []string{"get", "plugins", "tls", "grpc10", "grpc100", "down", "up", "routes", "http2", "idle", "websocket", "rolling",
	"flood-reset", "flood-continuation", "flood-control", "flood-heads", "flood-readers", "flood-streams", "flood-windows",
	"flood-blackhole", "flood-grpc", "flood-http", "flood-grpc-full", "flood-http-full"}

func rowNames() string { return strings.Join(names, ", ") }

// rows returns the rows whose cost is CPU time.
func (s *session) rows() []row {
	get := &load.Requests{Connections: connections, Head: load.Get(host, "/orders/17"), Size: target.BodySize}
	keyed := &load.Requests{Connections: connections, Head: load.Get(host, "/orders/17", "x-api-key: "+peer.Key), Size: target.BodySize}
	secured := &load.Requests{Connections: connections, Head: get.Head, Size: target.BodySize, TLS: &tls.Config{
		ServerName: host, RootCAs: s.authority, MinVersion: tls.VersionTLS13,
	}}
	calls := func(conns, streams int) *load.Calls {
		return &load.Calls{Connections: conns, Streams: streams, Path: "/bench.Echo/Unary", Message: []byte(strings.Repeat("m", messageSize))}
	}
	few, many := calls(10, 10), calls(100, 1)
	patterns, path := routePatterns(manyRoutes)
	routed := &load.Requests{Connections: connections, Head: load.Get(host, path), Size: target.BodySize}
	grpc, one := peer.Work{GRPC: true}, peer.Work{Routes: []string{patterns[manyRoutes/2]}}
	nginx, unbuffered := peer.Nginx("nginx"), peer.Nginx("nginx, unbuffered")
	return []row{
		{
			name: "get", title: "HTTP/1.1, GET of 1 KiB, keep-alive, 64 connections, one route, no plugins", unit: perRequest, limit: 0.95,
			contenders: s.against(peer.Work{}, nginx), load: get, paced: get, details: true,
		},
		{
			name: "plugins", title: "The same with key_auth, rate_limit, access_log and metrics; nginx with access log and limit_req", unit: perRequest, limit: 1.15,
			contenders: s.against(peer.Work{Plugins: true}, nginx), load: keyed, paced: keyed, details: true,
		},
		{
			name: "tls", title: "The same as get over TLS 1.3, ECDSA P-256, AES-128-GCM", unit: perRequest, limit: 1.3,
			contenders: s.against(peer.Work{TLS: s.keyPair}, nginx), load: secured, paced: secured, details: true,
		},
		{
			name: "grpc10", title: "gRPC unary without TLS, 10 connections of 10 streams", unit: perCall, limit: 0.8,
			contenders: s.against(grpc, peer.HAProxy()), load: few, paced: few, details: true,
		},
		{
			name: "grpc100", title: "gRPC unary without TLS, 100 connections of 1 stream", unit: perCall, limit: 0.8,
			contenders: s.against(grpc, peer.HAProxy()), load: many, paced: many, details: true,
		},
		{
			name: "down", title: "Bodies of 100 MiB to the client, 4 connections", unit: perGiB, limit: 0.6,
			contenders: append(s.against(peer.Work{}, nginx), s.contender(unbuffered, peer.Work{Unbuffered: true})),
			load:       &load.Bodies{Connections: bodyConns, Size: bodySize, Path: fmt.Sprint(target.DownPath, bodySize)},
		},
		{
			name: "up", title: "Bodies of 100 MiB from the client, 4 connections", unit: perGiB, limit: 0.6,
			contenders: s.against(peer.Work{}, nginx),
			load:       &load.Bodies{Connections: bodyConns, Size: bodySize, Path: target.UpPath, Up: true},
		},
		{
			name: "routes", title: "The work of get with 50,000 routes; the peer is Penstock with one of them", unit: perRequest, limit: 1.05,
			contenders: s.itself("50,000 routes", peer.Work{Routes: patterns}, "1 route", one), load: routed,
		},
		{
			name: "http2", title: "The work of get on a listener with http2 = true; the peer is Penstock with http2 = false", unit: perRequest,
			contenders: s.itself("HTTP/1.1 and HTTP/2", peer.Work{}, "HTTP/1.1 alone", peer.Work{NoHTTP2: true}), load: get,
		},
	}
}

// against sets Penstock, and its base if there is one, against a peer.
func (s *session) against(w peer.Work, p *peer.Proxy) []contender {
	all := []contender{s.contender(s.penstock, w), s.contender(p, w)}
	if s.base != nil {
		c := s.contender(s.base, w)
		c.base = true
		all = append(all, c)
	}
	return all
}

// itself sets Penstock against itself.
func (s *session) itself(name string, w peer.Work, peerName string, peerWork peer.Work) []contender {
	return []contender{
		s.contender(peer.Penstock("Penstock, "+name, s.binary), w),
		s.contender(peer.Penstock("Penstock, "+peerName, s.binary), peerWork),
	}
}

func (s *session) contender(p *peer.Proxy, w peer.Work) contender {
	w.Target, w.Cores, w.CPUs = s.target.Addresses, s.Cores, s.proxyCPUs
	w.Profiling = s.Pprof != "" && p != s.base // which may be too old for it
	return contender{proxy: p, work: w}
}

// routePatterns returns n different path patterns such as an API of many
// tenants has, and a path for the one in the middle.
func routePatterns(n int) (patterns []string, path string) {
	patterns = make([]string, n)
	for i := range patterns {
		switch i % 4 {
		case 0:
			patterns[i] = fmt.Sprintf("/v1/tenants/t%05d/orders/{order}", i)
		case 1:
			patterns[i] = fmt.Sprintf("/v1/tenants/t%05d/files/*", i)
		case 2:
			patterns[i] = fmt.Sprintf("/v1/tenants/t%05d/profile", i)
		default:
			patterns[i] = fmt.Sprintf("/v2/services/s%05d/users/{user}/sessions/{session}", i)
		}
	}
	middle := strings.NewReplacer("{order}", "1017", "*", "2026/report.pdf", "{user}", "u1017", "{session}", "s1017")
	return patterns, middle.Replace(patterns[n/2])
}
