// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// S2-07: a listener counts its connections, and tells what it has refused
// before any route was asked.
func TestListenerMetrics(t *testing.T) {
	l := newLimited(t)
	l.listen(t, `,"max_connections":2`)
	first, second := l.dial(t), l.dial(t)
	if status, _ := first.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n"); status != 200 {
		t.Fatalf("status %d", status)
	}
	if status, _ := second.ask("GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n"); status != 400 { // it lingers and counts until we have gone
		t.Fatalf("status %d", status)
	}
	if _, err := l.dial(t).r.ReadByte(); err == nil {
		t.Error("a third connection was served")
	}
	response, err := http.Get("http://" + l.OperationsAddress() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`penstock_listener_connections{listener="main"} 2`,
		`penstock_listener_connections_total{listener="main"} 3`,
		`penstock_listener_full_total{listener="main"} 1`,
		`penstock_listener_refused_total{listener="main",status="400"} 1`,
		`penstock_listener_tunnels{listener="main"} 0`,
	} {
		if !strings.Contains(string(body), want+"\n") {
			t.Errorf("no %s", want)
		}
	}
}
