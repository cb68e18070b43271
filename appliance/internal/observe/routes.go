// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"maps"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/prometheus/client_golang/prometheus"
)

// latencyBounds are the upper bounds of the buckets of an exchange's
// duration, in seconds.
var latencyBounds = [...]float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// A RouteMeter counts the exchanges of one route.
type RouteMeter struct {
	inFlight atomic.Int64
	classes  [6]atomic.Uint64 // by the first digit of the status; 0: the client got no answer
	buckets  [len(latencyBounds) + 1]atomic.Uint64
	nanos    atomic.Int64
	received atomic.Int64
	sent     atomic.Int64
}

// Begin counts an exchange in.
func (r *RouteMeter) Begin(*plugin.Exchange) { r.inFlight.Add(1) }

// Done counts an exchange out.
func (r *RouteMeter) Done(x *plugin.Exchange) { r.count(x, time.Since(x.Start)) }

func (r *RouteMeter) count(x *plugin.Exchange, took time.Duration) {
	r.inFlight.Add(-1)
	class := 0
	if x.Response != nil {
		class = min(x.Response.Status/100, 5)
	}
	r.classes[class].Add(1)
	r.nanos.Add(int64(took))
	r.buckets[bucket(took.Seconds())].Add(1)
	r.received.Add(x.Received)
	r.sent.Add(x.Sent)
}

func bucket(seconds float64) int {
	for i, bound := range latencyBounds {
		if seconds <= bound {
			return i
		}
	}
	return len(latencyBounds)
}

var (
	requestsDesc = prometheus.NewDesc("penstock_requests_total", "Requests by route and class of status; class 0 got no answer. The route is empty where none took the request.", []string{"route", "class"}, nil)
	inFlightDesc = prometheus.NewDesc("penstock_requests_in_flight", "Requests being answered now, by route.", []string{"route"}, nil)
	durationDesc = prometheus.NewDesc("penstock_request_duration_seconds", "Time from the head of a request to the last byte of its response, over all routes.", nil, nil)
	receivedDesc = prometheus.NewDesc("penstock_request_bytes_total", "Bytes of request bodies, by route.", []string{"route"}, nil)
	sentDesc     = prometheus.NewDesc("penstock_response_bytes_total", "Bytes of response bodies, by route.", []string{"route"}, nil)
)

// routeCollector tells the figures of all routes. Durations are told for all
// routes together: a histogram for each of fifty thousand would be a scrape
// of a million lines.
type routeCollector struct{ m *Metrics }

func (c routeCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{requestsDesc, inFlightDesc, durationDesc, receivedDesc, sentDesc} {
		out <- d
	}
}

func (c routeCollector) Collect(out chan<- prometheus.Metric) {
	c.m.mu.Lock()
	c.m.settle()
	routes, all := maps.Clone(c.m.routes), c.m.gone
	for _, r := range c.m.leaving {
		all.add(r)
	}
	c.m.mu.Unlock()
	routes[""] = c.m.Unrouted
	for id, r := range routes {
		all.add(r)
		r.collect(id, out)
	}
	out <- all.metric()
}

// collect tells the figures of a route that was ever asked for: most of many
// thousands may never be.
func (r *RouteMeter) collect(id string, out chan<- prometheus.Metric) {
	asked := r.inFlight.Load() > 0
	for class := range r.classes {
		if n := r.classes[class].Load(); n > 0 {
			asked = true
			out <- prometheus.MustNewConstMetric(requestsDesc, prometheus.CounterValue, float64(n), id, className(class))
		}
	}
	if asked {
		out <- prometheus.MustNewConstMetric(inFlightDesc, prometheus.GaugeValue, float64(r.inFlight.Load()), id)
		out <- prometheus.MustNewConstMetric(receivedDesc, prometheus.CounterValue, float64(r.received.Load()), id)
		out <- prometheus.MustNewConstMetric(sentDesc, prometheus.CounterValue, float64(r.sent.Load()), id)
	}
}

// durations are those of many routes together.
type durations struct {
	seconds float64
	counts  [len(latencyBounds) + 1]uint64
}

func (d *durations) add(r *RouteMeter) {
	d.seconds += time.Duration(r.nanos.Load()).Seconds()
	for i := range r.buckets {
		d.counts[i] += r.buckets[i].Load()
	}
}

func (d *durations) metric() prometheus.Metric {
	var total uint64
	buckets := make(map[float64]uint64, len(latencyBounds))
	for i, n := range d.counts {
		total += n
		if i < len(latencyBounds) {
			buckets[latencyBounds[i]] = total
		}
	}
	return prometheus.MustNewConstHistogram(durationDesc, total, d.seconds, buckets)
}

func className(class int) string {
	if class == 0 {
		return "0"
	}
	return strconv.Itoa(class) + "xx"
}
