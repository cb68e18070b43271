// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// S1-05, S1-06, S1-47: what Prometheus reads of upstreams, to the letter.
func TestUpstreamMetricsText(t *testing.T) {
	m := NewMetrics("v1")
	m.Upstreams(func() map[string]UpstreamFigures {
		return map[string]UpstreamFigures{
			"plain": {Targets: map[string]int{"available": 2, "ejected": 0, "unhealthy": 0, "no_weight": 0}, InFlight: 3, Connections: 4,
				Retries: map[string]int64{"connect": 0}},
			"full": {
				Targets: map[string]int{"available": 1, "ejected": 2, "unhealthy": 3, "no_weight": 4}, InFlight: 5, Connections: 6,
				Ejects: true, Ejections: 7, Retries: map[string]int64{"connect": 8, "reset": 9, "timeout": 0, "status": 10},
				Denied: 11, HedgesWon: 12, HedgesLost: 13, Limits: true, Pending: 14, Overloaded: 15, Late: 16,
				Discovery: &DiscoveryFigures{Targets: 17, Failures: 18, Age: 1500 * time.Millisecond},
			},
			"new": {Ejects: true, Limits: true, Discovery: &DiscoveryFigures{Age: -1}},
			// It has been ejected once, and nobody watches any more.
			"past": {Ejections: 1, Overloaded: 2},
		}
	})
	m.Health(func() HealthFigures { return HealthFigures{Succeeded: 19, Failed: 20, Running: 21, Waiting: 22} })
	got := scrape(t, m)

	const golden = "testdata/upstream_metrics.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// S3-116: what is told of an upstream does not grow with its targets.
func TestUpstreamCardinality(t *testing.T) {
	m := NewMetrics("v1")
	empty := strings.Count(scrape(t, m), "\n")
	m.Upstreams(func() map[string]UpstreamFigures {
		all := make(map[string]UpstreamFigures)
		for i := range 200 {
			all[fmt.Sprint(i)] = UpstreamFigures{Targets: map[string]int{"available": 5000, "ejected": 0, "unhealthy": 0, "no_weight": 0}, Ejects: true, Limits: true}
		}
		return all
	})
	if got := strings.Count(scrape(t, m), "\n") - empty; got > 200*10+7*2 { // and the heads of seven figures
		t.Errorf("%d lines for 200 upstreams", got)
	}
}

// S3-116: of thousands of lines that come together ten are written, and how many
// there were besides; other lines are not held up by them.
func TestBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text lines
		log := NewBurst(slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{ReplaceAttr: withoutTime})))
		log.Info("one")
		for i := range 5000 {
			log.With("target", i).Warn("ill")
		}
		log.WithGroup("g").Info("another", "a", 1)
		if n := text.count("ill"); n != 10 || text.count("one") != 1 || text.count("g.a=1") != 1 {
			t.Errorf("%d lines:\n%s", n, text.text.String())
		}
		time.Sleep(burstTime)
		synctest.Wait()
		if n := text.count("level=WARN msg=ill more=4990\n"); n != 1 || text.count("more") != 1 {
			t.Errorf("the sum is missing:\n%s", text.text.String())
		}
		for range 11 { // once each two seconds is no burst, however long it goes on
			log.Warn("ill")
			time.Sleep(2 * burstTime)
		}
		if n := text.count("ill"); n != 22 {
			t.Errorf("%d lines, want 22", n)
		}
	})
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// Lines are what is logged, by any goroutine.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) count(what string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), what)
}
