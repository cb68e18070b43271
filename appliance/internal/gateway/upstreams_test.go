// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/gateway"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// scrape returns the metrics of a gateway.
func scrape(t *testing.T, g *gatewaytest.Gateway) string {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport}).Get("http://" + g.OperationsAddress() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// shows waits until all of the lines are among the metrics.
func shows(t *testing.T, g *gatewaytest.Gateway, lines ...string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		text, missing := scrape(t, g), ""
		for _, line := range lines {
			if !strings.Contains(text, "\n"+line+"\n") {
				missing = line
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			var own []string
			for line := range strings.Lines(text) {
				if strings.HasPrefix(line, "penstock_upstream") || strings.HasPrefix(line, "penstock_discovery") || strings.HasPrefix(line, "penstock_health") {
					own = append(own, line)
				}
			}
			t.Fatalf("%s is not among\n%s", missing, strings.Join(own, ""))
		}
	}
}

// S1-05, S1-06, S3-116: the metrics, the log and the Admin API tell how upstreams
// do, and no count goes back whatever becomes of their settings.
func TestUpstreamsObserved(t *testing.T) {
	log := &testLog{}
	g := gatewaytest.Start(t, func(c *gateway.Config) { c.Log = slog.New(slog.NewTextHandler(log, nil)) })
	host, port, _ := net.SplitHostPort(testkit.HTTP(t, nil, testkit.EchoHTTP))
	alive := fmt.Sprintf(`{"host":%q,"port":%s}`, host, port)
	const dead = `{"host":"127.9.9.9","port":1}`
	address, resolver := testkit.FreeAddress(t), testkit.FreeAddress(t)
	g.Put(t, "listener", "l", fmt.Sprintf(`{"address":%q}`, address))
	plain := `{"targets":[` + alive + `,` + dead + `]`
	full := plain + `,"health":{"passive":{"consecutive_failures":1,"ejection_time":"1h","max_ejection_time":"1h"}},"limits":{"max_requests":100},
		"retries":{},"discovery":{"dns":{"name":"nobody.test","type":"a","port":1,"resolver":["` + resolver + `"],"timeout":"100ms","min_ttl":"1s"}}}`
	g.Put(t, "upstream", "u", full)
	g.Put(t, "upstream", "checked", `{"targets":[`+alive+`,`+dead+`],"health":{"active":{"type":"tcp","interval":"100ms","timeout":"100ms"}}}`)
	g.Put(t, "route", "r", `{"paths":["/*"],"upstream":"u"}`)
	ejectOne := func() {
		t.Helper()
		for range 4 {
			if got := ask(t, "GET", "http://"+address+"/", ""); got != 200 {
				t.Fatalf("status %d", got)
			}
		}
	}
	logged := func(what string, times int) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); strings.Count(log.String(), what) != times; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%q is not logged %d times:\n%s", what, times, log.String())
			}
		}
	}
	const ejected = `level=WARN msg="a target is ejected" upstream=u target=127.9.9.9:1 reason="a request failed" until=`
	ejectOne()
	logged(ejected, 1)
	shows(t, g, `penstock_upstream_targets{state="ejected",upstream="u"} 1`, `penstock_upstream_targets{state="available",upstream="u"} 1`,
		`penstock_upstream_ejections_total{upstream="u"} 1`, `penstock_upstream_requests_in_flight{upstream="u"} 0`, `penstock_upstream_connections{upstream="u"} 1`,
		`penstock_upstream_pending{upstream="u"} 0`, `penstock_upstream_overloaded_total{reason="full",upstream="u"} 0`,
		`penstock_discovery_targets{upstream="u"} 0`, `penstock_discovery_failures_total{upstream="u"} 1`,
		`penstock_upstream_targets{state="unhealthy",upstream="checked"} 1`, `penstock_health_probes_waiting 0`)
	text := scrape(t, g)
	if strings.Contains(text, "127.9.9.9") || strings.Contains(text, `penstock_discovery_answer_age_seconds{`) || strings.Contains(text, `ejections_total{upstream="checked"}`) {
		t.Errorf("too much is told:\n%s", text)
	}
	for _, zero := range []string{`penstock_health_checks_total{result="success"} 0`, `penstock_health_checks_total{result="failure"} 0`} {
		for deadline := time.Now().Add(20 * time.Second); strings.Contains(scrape(t, g), zero); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal(zero)
			}
		}
	}

	said, err := g.Client.UpstreamTargets(t.Context(), "checked")
	if err != nil || said.Node != "test" || len(said.Targets) != 2 {
		t.Fatalf("%+v %v", said, err)
	}
	if bad := said.Targets[1]; bad.State != api.TargetUnhealthy || bad.Check == nil || !strings.Contains(bad.Check.Error, "refused") || bad.Check.Last == "" || bad.Since == "" {
		t.Errorf("%+v with the check %+v", bad, bad.Check)
	}
	if _, err := g.Client.UpstreamTargets(t.Context(), "nobody"); !errors.Is(err, client.ErrNotFound) {
		t.Error(err)
	}

	// Nothing is watched and nothing limited for a while.
	g.Put(t, "upstream", "u", plain+`}`)
	shows(t, g, `penstock_upstream_ejections_total{upstream="u"} 1`, `penstock_upstream_targets{state="ejected",upstream="u"} 0`)
	g.Put(t, "upstream", "u", full)
	shows(t, g, `penstock_upstream_ejections_total{upstream="u"} 1`)
	ejectOne()
	shows(t, g, `penstock_upstream_ejections_total{upstream="u"} 2`)
	logged(ejected, 2)
	logged(`msg="targets cannot be looked up; those known stay, if there are any" upstream=u name=nobody.test`, 2)
	logged(`msg="a target is unhealthy: its check failed" target=127.9.9.9:1`, 1)
	g.Delete(t, "route", "r")
	g.Delete(t, "upstream", "u")
	if text := scrape(t, g); strings.Contains(text, `upstream="u"`) {
		t.Errorf("an upstream that is gone is told of:\n%s", text)
	}
}

// A node that serves a file tells the same.
func TestUpstreamsOfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte("upstreams:\n  - id: web\n    targets: [{host: 127.9.9.9, port: 1, weight: 0}, {host: 127.9.9.9, port: 2}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	g := gatewaytest.Start(t, func(c *gateway.Config) { c.File = path })
	shows(t, g, `penstock_upstream_targets{state="no_weight",upstream="web"} 1`, `penstock_upstream_targets{state="available",upstream="web"} 1`)
	said, err := g.Client.UpstreamTargets(t.Context(), "web")
	if err != nil || len(said.Targets) != 2 || said.Targets[0].State != api.TargetNoWeight || said.Targets[1].State != api.TargetAvailable {
		t.Errorf("%+v %v", said, err)
	}
}
