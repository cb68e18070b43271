// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// S3-107: 5,000 clients wait for an upstream that takes requests and answers
// nothing. All of them are told so when its time is over, no request to another
// upstream fails meanwhile, and nothing of them stays. What others notice of it
// by the clock is measured by the flood flood-blackhole of the benchmark.
func TestUpstreamBlackHole(t *testing.T) {
	clients := 5000
	if testing.Short() {
		clients = 500
	}
	var arrived atomic.Int64
	hole := badTarget(t, true, func(c *net.TCPConn, _ <-chan struct{}) {
		arrived.Add(1)
		_, _ = io.Copy(io.Discard, c) // until the gateway gives up
	})
	g, address := gatewaytest.Start(t, nil), gatewaytest.FreeAddress(t)
	g.Put(t, "listener", "main", `{"address":"`+address+`"}`)
	g.Put(t, "upstream", "good", upstream(testkit.HTTP(t, nil, testkit.EchoHTTP), "http"))
	g.Put(t, "upstream", "hole", targetsOf(hole)+`"response_timeout":"8s","connect_timeout":"30s"}`)
	g.Put(t, "route", "good", `{"paths":["/good"],"upstream":"good"}`)
	g.Put(t, "route", "hole", `{"paths":["/hole"],"upstream":"hole"}`)
	l := newLoad(t)
	for _, proto := range []string{"HTTP/1.1", "h2c"} {
		l.asking(proto, "POST", address, func() string { return "/good" })
	}
	l.flows(t)
	heap, goroutines := settled()

	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	var waiting sync.WaitGroup
	var ended atomic.Int64
	var wrong atomic.Pointer[string]
	ends := make([]func(), 0, 52)
	ask := func(client *http.Client) {
		waiting.Go(func() {
			if status, _, body, err := fetch(ctx, client, "GET", "http://"+address+"/hole"); status != 504 || err != nil {
				said := fmt.Sprintf("%d %s, %v", status, body, err)
				wrong.CompareAndSwap(nil, &said)
			}
			ended.Add(1)
		})
	}
	one, end := newClient("HTTP/1.1")
	ends = append(ends, end)
	for i := range clients / 2 {
		ask(one) // each on a connection of its own
		if i%50 == 0 {
			two, end := newClient("h2c")
			ends = append(ends, end)
			for range 50 {
				ask(two)
			}
		}
	}
	eventually(t, "let all clients in", func() bool { return arrived.Load()+ended.Load() >= int64(clients) })
	if n := ended.Load(); n > 0 && wrong.Load() == nil {
		t.Logf("%d had their answer before the last one had come", n)
	}
	held, _ := settled()
	l.flows(t) // while they wait
	over := make(chan struct{})
	go func() {
		defer close(over)
		waiting.Wait()
	}()
	select {
	case <-over:
	case <-ctx.Done():
		t.Fatalf("%d of %d clients had an answer", ended.Load(), clients)
	}
	if said := wrong.Load(); said != nil {
		t.Errorf("a client of the black hole got %s, want 504", *said)
	}
	for _, end := range ends {
		end()
	}
	l.flows(t)
	var after uint64
	var left int
	eventually(t, "let go of what waited", func() bool {
		time.Sleep(50 * time.Millisecond) // collections are not for nothing
		after, left = settled()
		return left <= goroutines+100 // the engine keeps a few that wait for work
	})
	each := (int64(held) - int64(heap)) / int64(clients)
	t.Logf("%d clients: %d KiB of heap each, with the client's and the target's; goroutines %d before, %d after; heap %+d KiB after",
		clients, each>>10, goroutines, left, (int64(after)-int64(heap))>>10)
	if each > 128<<10 {
		t.Errorf("a client that waits holds %d KiB", each>>10)
	}
	l.stop()
	l.check(t)
}
