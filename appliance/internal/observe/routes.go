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

// A RouteMeter counts the exchanges of one route.
type RouteMeter struct {
	inFlight atomic.Int64
	classes  [6]atomic.Uint64 // by the first digit of the status; 0: the client got no answer
	latency
	received atomic.Int64
	sent     atomic.Int64
	grpc     grpcMeter
}

// Begin counts an exchange in.
func (r *RouteMeter) Begin(*plugin.Exchange) { r.inFlight.Add(1) }

// Done counts an exchange out.
func (r *RouteMeter) Done(x *plugin.Exchange) { r.count(x, time.Since(x.Start)) }

func (r *RouteMeter) count(x *plugin.Exchange, took time.Duration) {
	if x.Request.IsGRPC() {
		r.grpc.count(x, took)
	}
	r.inFlight.Add(-1)
	class := 0
	if x.Response != nil {
		class = min(x.Response.Status/100, 5)
	}
	r.classes[class].Add(1)
	r.took(took)
	r.received.Add(x.Received)
	r.sent.Add(x.Sent)
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
	for _, d := range []*prometheus.Desc{requestsDesc, inFlightDesc, durationDesc, receivedDesc, sentDesc, handledDesc, handlingDesc} {
		out <- d
	}
}

func (c routeCollector) Collect(out chan<- prometheus.Metric) {
	c.m.mu.Lock()
	c.m.settle()
	routes, all := maps.Clone(c.m.routes), c.m.gone
	for _, r := range c.m.leaving {
		all.add(&r.latency)
	}
	c.m.mu.Unlock()
	routes[""] = c.m.Unrouted
	for id, r := range routes {
		all.add(&r.latency)
		r.collect(id, out)
	}
	out <- all.metric(durationDesc)
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
	r.grpc.collect(id, out)
}

func className(class int) string {
	if class == 0 {
		return "0"
	}
	return strconv.Itoa(class) + "xx"
}
