// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/prometheus/client_golang/prometheus"
)

// Bounds of what clients can make a node count: methods of a route, and bytes
// of a method's name. What is beyond them is counted together.
const (
	maxMethods    = 1000
	maxMethodName = 256
	otherMethod   = "other"
)

// A grpcMeter counts the gRPC calls of one route by their methods. Counting
// takes no lock: the methods are found in a map that never changes, and a new
// one makes another map.
type grpcMeter struct {
	methods atomic.Pointer[map[string]*methodMeter] // by path
	other   atomic.Pointer[methodMeter]             // of all other methods
	adding  sync.Mutex
}

// A methodMeter counts the calls of one method.
type methodMeter struct {
	codes [len(codeNames)]atomic.Uint64
	latency
}

func (g *grpcMeter) count(x *plugin.Exchange, took time.Duration) {
	code, isTargets := grpcCode(x)
	m := g.find(x.Request.Path)
	if m == nil && isTargets && code != plugin.GRPCUnimplemented {
		m = g.add(x.Request.Path)
	}
	if m == nil {
		m = g.others()
	}
	m.codes[code].Add(1)
	m.took(took)
}

// find returns the meter of a method that has one.
func (g *grpcMeter) find(path string) *methodMeter {
	if methods := g.methods.Load(); methods != nil {
		return (*methods)[path]
	}
	return nil
}

// add gives a method a meter, or returns nil if it gets none. It is for
// methods that a target has answered: clients make up any number of names.
func (g *grpcMeter) add(path string) *methodMeter {
	if _, _, ok := splitMethod(path); !ok {
		return nil
	}
	g.adding.Lock()
	defer g.adding.Unlock()
	if m := g.find(path); m != nil {
		return m
	}
	methods := make(map[string]*methodMeter)
	if now := g.methods.Load(); now != nil {
		if len(*now) >= maxMethods {
			return nil
		}
		maps.Copy(methods, *now)
	}
	m := &methodMeter{}
	methods[strings.Clone(path)] = m // the path may be a piece of a whole head
	g.methods.Store(&methods)
	return m
}

func (g *grpcMeter) others() *methodMeter {
	if m := g.other.Load(); m != nil {
		return m
	}
	g.other.CompareAndSwap(nil, &methodMeter{})
	return g.other.Load()
}

// splitMethod splits "/package.Service/Method". It takes nothing that could
// not be told, or be told apart from all other methods.
func splitMethod(path string) (service, method string, ok bool) {
	service, method, ok = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	ok = ok && path[0] == '/' && service != "" && method != "" && !strings.Contains(method, "/") &&
		service != otherMethod && len(path) <= maxMethodName && utf8.ValidString(path)
	return service, method, ok
}

// Names and labels are those that other gRPC servers' metrics have, so that
// dashboards are at home here.
var (
	handledDesc  = prometheus.NewDesc("penstock_grpc_handled_total", "Calls of gRPC by route, method and status. Methods that no target knows, and those beyond a thousand a route, are \"other\".", []string{"route", "grpc_service", "grpc_method", "grpc_code"}, nil)
	handlingDesc = prometheus.NewDesc("penstock_grpc_handling_seconds", "Time from the head of a gRPC call to the last byte of its response, by route and method.", []string{"route", "grpc_service", "grpc_method"}, nil)
)

// collect tells the figures of the methods that were called.
func (g *grpcMeter) collect(route string, out chan<- prometheus.Metric) {
	if methods := g.methods.Load(); methods != nil {
		for path, m := range *methods {
			service, method, _ := splitMethod(path)
			m.collect(route, service, method, out)
		}
	}
	if m := g.other.Load(); m != nil {
		m.collect(route, otherMethod, otherMethod, out)
	}
}

func (m *methodMeter) collect(route, service, method string, out chan<- prometheus.Metric) {
	for code := range m.codes {
		if n := m.codes[code].Load(); n > 0 {
			out <- prometheus.MustNewConstMetric(handledDesc, prometheus.CounterValue, float64(n), route, service, method, codeNames[code])
		}
	}
	var took durations
	took.add(&m.latency)
	out <- took.metric(handlingDesc, route, service, method)
}
