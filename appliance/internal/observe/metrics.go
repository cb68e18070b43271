// SPDX-License-Identifier: Apache-2.0

// Package observe shows what a node does: metrics, health and logs, on the
// operations listener.
package observe

import (
	"slices"
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics are the node's figures. Exchanges are counted in plain atomics of
// their route and read when somebody asks, so that counting takes no lock and
// a scrape costs what there is to tell.
type Metrics struct {
	registry *prometheus.Registry
	Unrouted *RouteMeter // requests that no route takes

	mu       sync.Mutex
	routes   map[string]*RouteMeter
	leaving  []*RouteMeter // of routes that are gone, with requests in flight
	gone     durations     // of routes that are gone
	counters map[string]prometheus.Counter
}

// NewMetrics returns metrics with the process's and the runtime's own ones.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		Unrouted: &RouteMeter{},
		routes:   make(map[string]*RouteMeter),
		counters: make(map[string]prometheus.Counter),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "penstock_build_info", Help: "The version that runs; always 1.", ConstLabels: prometheus.Labels{"version": version},
	})
	info.Set(1)
	m.registry.MustRegister(info, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), routeCollector{m})
	return m
}

// Route returns the meter of a route; it is the same until Forget.
func (m *Metrics) Route(id string) *RouteMeter {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.routes[id]
	if r == nil {
		r = &RouteMeter{}
		m.routes[id] = r
	}
	return r
}

// Forget drops the meter of a route that is gone. Its durations stay in the
// histogram over all routes, which would shrink otherwise.
func (m *Metrics) Forget(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.routes[id]; r != nil {
		delete(m.routes, id)
		m.leaving = append(m.leaving, r)
		m.settle()
	}
}

// settle adds up what the routes that are gone will no longer change. m.mu is
// held.
func (m *Metrics) settle() {
	m.leaving = slices.DeleteFunc(m.leaving, func(r *RouteMeter) bool {
		if r.inFlight.Load() > 0 {
			return false
		}
		m.gone.add(&r.latency)
		return true
	})
}

// Gauge registers a figure that is read when somebody asks.
func (m *Metrics) Gauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// Counter returns the counter of a name, made when it is first asked for. It
// is what plugin.Env.Count offers to plugins.
func (m *Metrics) Counter(name, help string) plugin.Counter {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.counters[name]
	if c == nil {
		c = prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
		m.registry.MustRegister(c)
		m.counters[name] = c
	}
	return c
}
