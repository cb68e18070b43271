// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// ListenerFigures are what a listener counts.
type ListenerFigures struct {
	Connections, Tunnels int64         // open now
	Accepted, Full       int64         // so far
	Refused              map[int]int64 // requests that were answered before any route was asked, by status
}

// Listeners has the figures of listeners told, by id, whenever somebody asks
// (S2-07).
func (m *Metrics) Listeners(figures func() map[string]ListenerFigures) {
	m.registry.MustRegister(listenerCollector(figures))
}

type listenerCollector func() map[string]ListenerFigures

var (
	connectionsDesc = prometheus.NewDesc("penstock_listener_connections", "Connections of clients that are open now, by listener.", []string{"listener"}, nil)
	tunnelsDesc     = prometheus.NewDesc("penstock_listener_tunnels", "Upgraded connections, such as WebSockets, that are open now, by listener.", []string{"listener"}, nil)
	acceptedDesc    = prometheus.NewDesc("penstock_listener_connections_total", "Connections that clients have made, by listener.", []string{"listener"}, nil)
	fullDesc        = prometheus.NewDesc("penstock_listener_full_total", "Connections that were closed at once because of max_connections, by listener.", []string{"listener"}, nil)
	refusedDesc     = prometheus.NewDesc("penstock_listener_refused_total", "Requests that were refused before any route was asked, malformed or above a limit, by listener and status.", []string{"listener", "status"}, nil)
)

func (c listenerCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{connectionsDesc, tunnelsDesc, acceptedDesc, fullDesc, refusedDesc} {
		out <- d
	}
}

func (c listenerCollector) Collect(out chan<- prometheus.Metric) {
	for id, f := range c() {
		out <- prometheus.MustNewConstMetric(connectionsDesc, prometheus.GaugeValue, float64(f.Connections), id)
		out <- prometheus.MustNewConstMetric(tunnelsDesc, prometheus.GaugeValue, float64(f.Tunnels), id)
		out <- prometheus.MustNewConstMetric(acceptedDesc, prometheus.CounterValue, float64(f.Accepted), id)
		out <- prometheus.MustNewConstMetric(fullDesc, prometheus.CounterValue, float64(f.Full), id)
		for status, n := range f.Refused {
			out <- prometheus.MustNewConstMetric(refusedDesc, prometheus.CounterValue, float64(n), id, strconv.Itoa(status))
		}
	}
}
