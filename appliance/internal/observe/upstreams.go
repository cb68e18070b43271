// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// UpstreamFigures are what an upstream is doing, and what has happened at it.
// What is counted never goes back as long as there is the upstream.
type UpstreamFigures struct {
	Targets               map[string]int // by state
	InFlight, Connections int64          // now

	Ejects    bool // targets can be ejected
	Ejections int64

	Retries               map[string]int64 // by reason
	Denied                int64
	HedgesWon, HedgesLost int64

	Limits           bool // requests wait for their turn
	Pending          int64
	Overloaded, Late int64

	Discovery *DiscoveryFigures // nil: nothing is discovered
}

// DiscoveryFigures are how the discovery of targets does.
type DiscoveryFigures struct {
	Targets  int
	Failures int64
	Age      time.Duration // of the last answer; negative: there was none
}

// HealthFigures are what active checks do.
type HealthFigures struct {
	Succeeded, Failed int64
	Running, Waiting  int
}

// Upstreams has the figures of upstreams told, by id, whenever somebody asks.
// They are never by target: that of thousands which come and go would be more
// than is asked for (S3-116).
func (m *Metrics) Upstreams(figures func() map[string]UpstreamFigures) {
	m.registry.MustRegister(upstreamCollector(figures))
}

// Health has the figures of active checks told whenever somebody asks (S1-05).
func (m *Metrics) Health(figures func() HealthFigures) {
	m.registry.MustRegister(healthCollector(figures))
}

func upstreamDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, append([]string{"upstream"}, labels...), nil)
}

var (
	targetsDesc      = upstreamDesc("penstock_upstream_targets", "Targets by upstream and state. A target that is in several states counts as no_weight before unhealthy before ejected.", "state")
	upInFlightDesc   = upstreamDesc("penstock_upstream_requests_in_flight", "Requests that targets are serving now, by upstream.")
	upConnsDesc      = upstreamDesc("penstock_upstream_connections", "Connections to targets that are open now, by upstream.")
	ejectionsDesc    = upstreamDesc("penstock_upstream_ejections_total", "Targets that were ejected because they failed requests, by upstream.")
	retriesDesc      = upstreamDesc("penstock_upstream_retries_total", "Requests that were sent again, by upstream and what was wrong with the try before.", "reason")
	deniedDesc       = upstreamDesc("penstock_upstream_retries_denied_total", "Retries and hedges for which the budget had nothing left, by upstream.")
	hedgesDesc       = upstreamDesc("penstock_upstream_hedges_total", "Requests that were sent to a second target meanwhile, by upstream and whether that one gave the answer.", "won")
	pendingDesc      = upstreamDesc("penstock_upstream_pending", "Requests that wait for their turn now, by upstream.")
	overloadedDesc   = upstreamDesc("penstock_upstream_overloaded_total", "Requests that were refused because of the upstream's limits, by upstream and whether no more might wait (full) or their turn did not come in time (timeout).", "reason")
	foundDesc        = upstreamDesc("penstock_discovery_targets", "Targets that are known by discovery alone, by upstream.")
	lookupsDesc      = upstreamDesc("penstock_discovery_failures_total", "Rounds of questions of discovery that were not answered, or not all of them, by upstream.")
	ageDesc          = upstreamDesc("penstock_discovery_answer_age_seconds", "Time since the last answer that discovery got, by upstream.")
	checksDesc       = prometheus.NewDesc("penstock_health_checks_total", "Active checks of targets by result.", []string{"result"}, nil)
	probesDesc       = prometheus.NewDesc("penstock_health_probes_running", "Active checks that run now.", nil, nil)
	probesQueuedDesc = prometheus.NewDesc("penstock_health_probes_waiting", "Active checks that wait until fewer run.", nil, nil)
)

type upstreamCollector func() map[string]UpstreamFigures

func (c upstreamCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		targetsDesc, upInFlightDesc, upConnsDesc, ejectionsDesc, retriesDesc, deniedDesc, hedgesDesc, pendingDesc, overloadedDesc,
		foundDesc, lookupsDesc, ageDesc,
	} {
		out <- d
	}
}

func (c upstreamCollector) Collect(out chan<- prometheus.Metric) {
	for id, f := range c() {
		f.collect(id, out)
	}
}

// collect tells the figures of an upstream. Those of what it is not configured
// to do are left out, unless there is something to tell.
func (f *UpstreamFigures) collect(id string, out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, append([]string{id}, labels...)...)
	}
	counter := func(wanted bool, d *prometheus.Desc, n int64, labels ...string) {
		if wanted || n > 0 {
			out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), append([]string{id}, labels...)...)
		}
	}
	for state, n := range f.Targets {
		gauge(targetsDesc, float64(n), state)
	}
	gauge(upInFlightDesc, float64(f.InFlight))
	gauge(upConnsDesc, float64(f.Connections))
	counter(f.Ejects, ejectionsDesc, f.Ejections)
	for reason, n := range f.Retries {
		counter(false, retriesDesc, n, reason)
	}
	counter(false, deniedDesc, f.Denied)
	counter(false, hedgesDesc, f.HedgesWon, "true")
	counter(false, hedgesDesc, f.HedgesLost, "false")
	if f.Limits {
		gauge(pendingDesc, float64(f.Pending))
	}
	counter(f.Limits, overloadedDesc, f.Overloaded, "full")
	counter(f.Limits, overloadedDesc, f.Late, "timeout")
	if d := f.Discovery; d != nil {
		gauge(foundDesc, float64(d.Targets))
		counter(true, lookupsDesc, d.Failures)
		if d.Age >= 0 {
			gauge(ageDesc, d.Age.Seconds())
		}
	}
}

type healthCollector func() HealthFigures

func (c healthCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{checksDesc, probesDesc, probesQueuedDesc} {
		out <- d
	}
}

func (c healthCollector) Collect(out chan<- prometheus.Metric) {
	f := c()
	out <- prometheus.MustNewConstMetric(checksDesc, prometheus.CounterValue, float64(f.Succeeded), "success")
	out <- prometheus.MustNewConstMetric(checksDesc, prometheus.CounterValue, float64(f.Failed), "failure")
	out <- prometheus.MustNewConstMetric(probesDesc, prometheus.GaugeValue, float64(f.Running))
	out <- prometheus.MustNewConstMetric(probesQueuedDesc, prometheus.GaugeValue, float64(f.Waiting))
}
