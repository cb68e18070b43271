// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// latencyBounds are the upper bounds of the buckets of an exchange's
// duration, in seconds.
var latencyBounds = [...]float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// A latency counts how long exchanges took.
type latency struct {
	buckets [len(latencyBounds) + 1]atomic.Uint64
	nanos   atomic.Int64
}

func (l *latency) took(t time.Duration) {
	l.nanos.Add(int64(t))
	l.buckets[bucket(t.Seconds())].Add(1)
}

func bucket(seconds float64) int {
	for i, bound := range latencyBounds {
		if seconds <= bound {
			return i
		}
	}
	return len(latencyBounds)
}

// durations are those that several latencies counted.
type durations struct {
	seconds float64
	counts  [len(latencyBounds) + 1]uint64
}

func (d *durations) add(l *latency) {
	d.seconds += time.Duration(l.nanos.Load()).Seconds()
	for i := range l.buckets {
		d.counts[i] += l.buckets[i].Load()
	}
}

func (d *durations) metric(desc *prometheus.Desc, labels ...string) prometheus.Metric {
	var total uint64
	buckets := make(map[float64]uint64, len(latencyBounds))
	for i, n := range d.counts {
		total += n
		if i < len(latencyBounds) {
			buckets[latencyBounds[i]] = total
		}
	}
	return prometheus.MustNewConstHistogram(desc, total, d.seconds, buckets, labels...)
}
