// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// All upstreams of the guide on upstreams are applied together and show no change
// afterwards, and tier 1 takes over when its health checks say that the first
// tier is away (S1-02, S1-05).
func TestAccGuideUpstreams(t *testing.T) {
	tf := newTerraform(t)
	w := newGateway(t)
	text, err := os.ReadFile("../../templates/guides/upstreams.md")
	if err != nil {
		t.Fatal(err)
	}
	var config strings.Builder
	for _, block := range regexp.MustCompile("(?s)```terraform\n(resource.*?)```").FindAllStringSubmatch(string(text), -1) {
		config.WriteString(block[1])
	}
	standby := testkit.HTTP(t, nil, func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, "the other region") })
	_, port, _ := net.SplitHostPort(standby)
	listen := gatewaytest.FreeAddress(t)
	here := strings.NewReplacer(
		`host = "10.9.0.41", port = 8080`, `host = "127.0.0.1", port = `+port,
		`host = "10.0.1.41", port = 8080`, `host = "127.0.0.1", port = `+closedPort(t), `host = "10.0.1.42", port = 8080`, `host = "127.0.0.1", port = `+closedPort(t),
		`host = "10.`, `host = "127.`, `"10.0.0.2", "10.0.0.3:5353"`, `"127.0.0.2", "127.0.0.3:5353"`,
		`discovery = { dns = { name = "_http._tcp.ledger.internal", `, `discovery = { dns = { name = "_http._tcp.ledger.internal", resolver = ["127.0.0.2"], `)
	tf.write("guide.tf", here.Replace(config.String()))
	tf.write("provider.tf", required+w.config(`
resource "penstock_listener" "web" {
  id      = "web"
  address = "`+listen+`"
}

resource "penstock_route" "billing" {
  id       = "billing"
  upstream = penstock_upstream.billing.id
}
`))
	tf.run("apply", "-auto-approve", "-no-color")
	if out, ok := tf.try("plan", "-detailed-exitcode"); !ok {
		t.Errorf("a plan after the apply has changes:\n%s", out)
	}
	if n := strings.Count(strings.Join(w.list(), " "), "upstream/"); n < 12 {
		t.Errorf("the guide made %d upstreams", n)
	}

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for last := ""; ; time.Sleep(10 * time.Millisecond) {
		request, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+listen+"/", nil)
		response, err := http.DefaultClient.Do(request)
		if ctx.Err() != nil {
			t.Fatalf("tier 1 does not take over; the last answer is %s", last)
		}
		if err != nil {
			continue // the listener is not there yet
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if last = response.Status + " " + string(body); last == "200 OK the other region" {
			break
		}
	}
	http.DefaultClient.CloseIdleConnections()
	tf.run("destroy", "-auto-approve")
}

// closedPort returns a port at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	_, port, _ := net.SplitHostPort(gatewaytest.FreeAddress(t))
	return port
}
