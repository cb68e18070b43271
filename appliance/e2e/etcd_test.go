// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/gateway"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/etcd/etcdtest"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// S1-32: etcd goes away and comes back; traffic does not notice, and changes
// are caught up with.
func TestEtcdRestartsUnderLoad(t *testing.T) {
	server := etcdtest.Start(t)
	s := newSite(t, gatewaytest.Start(t, func(c *gateway.Config) { c.Etcd.Endpoints = []string{server.Endpoint} }))
	l := s.load(t)
	for round := range 2 {
		l.flows(t)
		server.Stop()
		l.flows(t)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		if _, err := s.Client.Put(ctx, api.KindOf("route"), "late", []byte(`{"upstream":"web","hosts":["late.test"]}`), client.If{}); err == nil {
			t.Error("a write succeeded without etcd")
		}
		cancel()
		l.flows(t)
		server.Restart()
		id := []string{"first", "second"}[round]
		s.putWhenBack(t, "route", id, `{"upstream":"web","hosts":["`+id+`.test"]}`)
		if r, err := s.Client.Match(t.Context(), api.MatchRequest{Method: "GET", Path: "/", Host: id + ".test"}); err != nil || r.Route != id {
			t.Errorf("the change is not served: %+v, %v", r, err)
		}
	}
	l.flows(t)
	l.stop()
	l.check(t)
}

// putWhenBack writes an object as soon as the store takes it, and waits until
// the node serves it.
func (s *site) putWhenBack(t *testing.T, kind, id, document string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		o, err := s.Client.Put(ctx, api.KindOf(kind), id, []byte(document), client.If{})
		if err == nil {
			err = s.Node().WaitApplied(ctx, o.Revision)
		}
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}

// A node that starts while etcd is down serves what it served before, and
// catches up when etcd is back.
func TestStartsWithoutEtcd(t *testing.T) {
	server := etcdtest.Start(t)
	address, dir := gatewaytest.FreeAddress(t), t.TempDir()
	config := func(c *gateway.Config) { c.Etcd.Endpoints, c.DataDir = []string{server.Endpoint}, dir }

	first := gatewaytest.Start(t, config)
	first.Put(t, "listener", "main", `{"address":"`+address+`"}`)
	first.Put(t, "upstream", "web", upstream(testkit.HTTP(t, nil, testkit.EchoHTTP), "http"))
	first.Put(t, "route", "web", `{"paths":["/*"],"upstream":"web"}`)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	server.Stop()

	second := &site{Gateway: gatewaytest.Start(t, config)}
	eventually(t, "serve from the copy", func() bool { return status("http://"+address+"/") == 200 })
	if ready := status("http://" + second.OperationsAddress() + "/readyz"); ready != 200 {
		t.Errorf("/readyz answers %d", ready)
	}
	server.Restart()
	second.putWhenBack(t, "route", "web", `{"paths":["/elsewhere"],"upstream":"web"}`)
	if got := status("http://" + address + "/"); got != 404 {
		t.Errorf("the change is not served: %d", got)
	}
	eventually(t, "tell what it serves", func() bool {
		nodes, err := second.Client.Nodes(t.Context())
		return err == nil && len(nodes) == 1 && nodes[0].State == "serving" && nodes[0].Revision == second.Node().Revision()
	})
}

// A node without etcd and without a copy waits: it is alive, and not ready.
func TestStartsWithNothing(t *testing.T) {
	g := gatewaytest.Start(t, func(c *gateway.Config) { c.Etcd.Endpoints = []string{"http://" + gatewaytest.FreeAddress(t)} })
	if live, ready := status("http://"+g.OperationsAddress()+"/livez"), status("http://"+g.OperationsAddress()+"/readyz"); live != 200 || ready != 503 {
		t.Errorf("/livez answers %d, /readyz %d", live, ready)
	}
}

// status returns the status of a GET, 0 if there is no answer.
func status(url string) int {
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport, Timeout: 10 * time.Second}).Get(url)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("does not %s", what)
		}
	}
}
