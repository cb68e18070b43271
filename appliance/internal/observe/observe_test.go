// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

var update = flag.Bool("update", false, "write the golden files")

// exchange counts one exchange.
func exchange(r *RouteMeter, status int, took time.Duration, received, sent int64) {
	x := &plugin.Exchange{Request: &message.Request{}, Received: received, Sent: sent}
	r.Begin(x)
	if status != 0 {
		x.Response = &message.Response{Status: status}
	}
	r.count(x, took)
}

// scrape returns our own lines of /metrics; sums of durations are left out.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Operations(func() string { return "" }).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	var own strings.Builder
	for line := range strings.Lines(w.Body.String()) {
		if strings.Contains(line, "penstock_") && !strings.HasPrefix(line, "penstock_request_duration_seconds_sum") {
			own.WriteString(line)
		}
	}
	return own.String()
}

// S1-47: what Prometheus reads, to the letter.
func TestMetricsText(t *testing.T) {
	m := NewMetrics("v1")
	m.Gauge("penstock_config_revision", "Revision of the configuration that the node serves.", func() float64 { return 7 })
	m.Counter("penstock_plugin_things_total", "Things.").Add(2)
	m.Counter("penstock_plugin_things_total", "Things.").Add(3)
	web := m.Route("web")
	exchange(web, 200, 3*time.Millisecond, 10, 1000)
	exchange(web, 204, 0, 0, 0)
	exchange(web, 503, 20*time.Second, 5, 50)
	exchange(web, 0, 300*time.Millisecond, 1, 0) // the client has gone
	exchange(web, 101, 3*time.Second, 7, 8)
	exchange(m.Unrouted, 404, 0, 0, 40)
	m.Route("rpc").Begin(nil)
	m.Route("never-asked")
	got := scrape(t, m)

	const golden = "testdata/metrics.txt"
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

// Routes that nobody asks for cost a scrape nothing, and one that is asked a
// few lines.
func TestCardinality(t *testing.T) {
	m := NewMetrics("v1")
	empty := strings.Count(scrape(t, m), "\n")
	for i := range 10_000 {
		m.Route(fmt.Sprint(i))
	}
	if got := strings.Count(scrape(t, m), "\n"); got != empty {
		t.Errorf("%d lines for routes without a request", got-empty)
	}
	for i := range 100 {
		for range 10 {
			exchange(m.Route(fmt.Sprint(i)), 200, time.Second, 1, 1)
		}
	}
	if got := strings.Count(scrape(t, m), "\n") - empty; got > 100*4+8 { // and the heads of four figures
		t.Errorf("%d lines for 100 routes", got)
	}
}

// Durations are of all routes, those that are gone too: a histogram that
// shrinks looks like a restart. A route that comes back begins at nothing.
func TestForgottenRoutes(t *testing.T) {
	m := NewMetrics("v1")
	r := m.Route("r")
	exchange(r, 200, 0, 0, 0)
	late := &plugin.Exchange{Request: &message.Request{}, Start: time.Now()}
	r.Begin(late)
	m.Forget("r")
	m.Forget("nobody")
	count := func(want int) {
		t.Helper()
		text := scrape(t, m)
		if !strings.Contains(text, fmt.Sprintf("penstock_request_duration_seconds_count %d\n", want)) || strings.Contains(text, `route="r"`) {
			t.Errorf("want %d exchanges and no route:\n%s", want, text)
		}
	}
	count(1)
	r.Done(late)
	count(2)
	count(2)
	if len(m.leaving) != 0 {
		t.Error("the route's meter is still kept")
	}
	if m.Route("r") == r {
		t.Error("the forgotten meter came back")
	}
}

func TestBuckets(t *testing.T) {
	for _, test := range []struct {
		seconds float64
		want    int
	}{{0, 0}, {0.001, 0}, {0.0011, 1}, {10, 12}, {10.1, 13}} {
		if got := bucket(test.seconds); got != test.want {
			t.Errorf("bucket(%g) = %d, want %d", test.seconds, got, test.want)
		}
	}
}

func TestOperations(t *testing.T) {
	reason := "no configuration yet"
	h := NewMetrics("v1").Operations(func() string { return reason })
	for _, test := range []struct {
		method, path, reason string
		status               int
		body                 string
	}{
		{"GET", "/livez", "anything", 200, "ok"},
		{"GET", "/readyz", "", 200, "ok"},
		{"GET", "/readyz", "no configuration yet", 503, "not ready: no configuration yet"},
		{"GET", "/", "", 200, "/metrics"},
		{"GET", "/elsewhere", "", 404, ""},
		{"POST", "/livez", "", 405, ""},
	} {
		reason = test.reason
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(test.method, test.path, nil))
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.body) {
			t.Errorf("%s %s: %d %q", test.method, test.path, w.Code, w.Body)
		}
	}
}

func TestProfiles(t *testing.T) {
	operations := NewMetrics("v1").Operations(func() string { return "" })
	for _, test := range []struct {
		h      http.Handler
		path   string
		status int
	}{
		{operations, "/debug/pprof/", 404},
		{WithProfiles(operations), "/debug/pprof/", 200},
		{WithProfiles(operations), "/debug/pprof/heap", 200},
		{WithProfiles(operations), "/livez", 200},
		{WithProfiles(operations), "/elsewhere", 404},
	} {
		w := httptest.NewRecorder()
		test.h.ServeHTTP(w, httptest.NewRequest("GET", test.path, nil))
		if w.Code != test.status {
			t.Errorf("%s: %d, want %d", test.path, w.Code, test.status)
		}
	}
}

func TestLogger(t *testing.T) {
	var b strings.Builder
	for _, test := range []struct{ format, level, want string }{
		{"text", "info", "level=INFO"}, {"json", "info", `"level":"INFO"`}, {"text", "WARN", ""},
		{"text", "info", "took=23ms"}, {"json", "info", `"took":"23ms"`},
	} {
		b.Reset()
		log, err := NewLogger(&b, test.format, test.level)
		if err != nil {
			t.Fatal(err)
		}
		log.Info("hello", "took", 23*time.Millisecond)
		if (test.want == "") != (b.Len() == 0) || !strings.Contains(b.String(), test.want) {
			t.Errorf("%s %s: %q", test.format, test.level, b.String())
		}
	}
	for _, bad := range [][2]string{{"xml", "info"}, {"text", "loud"}} {
		if _, err := NewLogger(&b, bad[0], bad[1]); err == nil || !strings.Contains(err.Error(), "must be") {
			t.Errorf("%v: %v", bad, err)
		}
	}
}
