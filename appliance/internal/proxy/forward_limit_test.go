// SPDX-License-Identifier: Apache-2.0

package proxy_test

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// A crowd is requests to one upstream at a time.
type crowd struct {
	b       *bench
	begun   chan struct{} // one for each that a target has begun
	release chan struct{} // one for each that it may end
	now     atomic.Int64  // at the target
	most    atomic.Int64
}

func newCrowd(t *testing.T, more string) *crowd {
	c := &crowd{b: start(t), begun: make(chan struct{}, 1000), release: make(chan struct{}, 1000)}
	c.b.apply("upstream", "u", upstreamOf(more, testkit.HTTP(t, nil, func(_ http.ResponseWriter, r *http.Request) {
		n := c.now.Add(1)
		for was := c.most.Load(); n > was && !c.most.CompareAndSwap(was, n); was = c.most.Load() {
		}
		c.begun <- struct{}{}
		select {
		case <-c.release:
		case <-r.Context().Done():
		}
		c.now.Add(-1)
	})), "route", "r", `{"upstream":"u"}`)
	return c
}

// ask sends a request and returns where its stream comes when it is over.
func (c *crowd) ask(ctx context.Context) <-chan *stream {
	done := make(chan *stream, 1)
	go func() {
		s := &stream{}
		c.b.proxy.Serve(ctx, get("/"), s)
		done <- s
	}()
	return done
}

// pending waits until so many requests wait.
func (c *crowd) pending(n int64) {
	c.b.t.Helper()
	for until := time.Now().Add(patience); c.b.pool().Gate().Pending() != n; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			c.b.t.Fatalf("%d wait", c.b.pool().Gate().Pending())
		}
	}
}

// S3-107: beyond max_requests and max_connections, as many wait as may, for as
// long as they may; all others are answered at once.
func TestLimits(t *testing.T) {
	for _, limits := range []string{`"max_requests":1`, `"max_connections":1`, `"max_requests":5,"max_connections":1`} {
		t.Run(limits, func(t *testing.T) {
			c := newCrowd(t, `,"limits":{`+limits+`,"max_pending":2,"pending_timeout":"1m"}`)
			first := c.ask(t.Context())
			<-c.begun
			ctx, leave := context.WithCancel(t.Context())
			gone := c.ask(ctx)
			c.pending(1)
			second := c.ask(t.Context())
			c.pending(2)
			if s := <-c.ask(t.Context()); s.status != 503 {
				t.Errorf("one too many: status %d", s.status)
			}
			if err := c.b.route.last.Err; err == nil {
				t.Error("the exchange does not say why")
			}
			leave()
			if s := <-gone; s.status != 0 || !s.reset {
				t.Errorf("the client that has gone: status %d", s.status)
			}
			c.pending(1)
			c.release <- struct{}{}
			<-c.begun
			c.release <- struct{}{}
			for _, done := range []<-chan *stream{first, second} {
				if s := <-done; s.status != 200 {
					t.Errorf("status %d", s.status)
				}
			}
			if c.most.Load() != 1 || c.b.pool().Gate().Inside() != 0 {
				t.Errorf("%d at a time, %d still inside", c.most.Load(), c.b.pool().Gate().Inside())
			}
		})
	}
}

// Nobody waits if nothing says that they may, nor for longer than they may, nor
// beyond the deadline of the request.
func TestLimitsEnd(t *testing.T) {
	for _, test := range []struct {
		limits, route string
		status        int
	}{
		{`"max_requests":1`, "", 503},
		{`"max_connections":1`, "", 503},
		{`"max_requests":1,"max_pending":5,"pending_timeout":"30ms"`, "", 503},
		{`"max_connections":1,"max_pending":5,"pending_timeout":"30ms"`, "", 503},
		{`"max_requests":1,"max_pending":5,"pending_timeout":"1m"`, `,"timeout":"50ms"`, 504},
		{`"max_connections":1,"max_pending":5,"pending_timeout":"1m"`, `,"timeout":"50ms"`, 504},
	} {
		c := newCrowd(t, `,"limits":{`+test.limits+`}`)
		first := c.ask(t.Context())
		<-c.begun
		if test.route != "" {
			c.b.apply("route", "r", `{"upstream":"u"`+test.route+`}`)
		}
		if s := <-c.ask(t.Context()); s.status != test.status {
			t.Errorf("%s: status %d, %s", test.limits, s.status, s.body)
		}
		c.release <- struct{}{}
		if s := <-first; s.status != 200 {
			t.Errorf("%s: the first one's status is %d", test.limits, s.status)
		}
		if gate := c.b.pool().Gate(); gate.Inside() != 0 || gate.Pending() != 0 {
			t.Errorf("%s: %d inside, %d pending", test.limits, gate.Inside(), gate.Pending())
		}
	}
}

// A call of gRPC is told so in its own way.
func TestLimitOfCalls(t *testing.T) {
	c := newCrowd(t, `,"protocol":"grpc","limits":{"max_requests":1}`)
	first := c.ask(t.Context())
	<-c.begun
	s := &stream{}
	c.b.proxy.Serve(t.Context(), call("/s/m"), s)
	if s.header.Get("grpc-status") != "14" || s.header.Get("grpc-message") == "" {
		t.Errorf("status %d, fields %v", s.status, s.header.Fields())
	}
	c.release <- struct{}{}
	<-first
}

// Limits that change apply to those who wait.
func TestLimitsChange(t *testing.T) {
	address := ""
	var begun sync.WaitGroup
	begun.Add(3)
	release := make(chan struct{})
	b := start(t)
	address = testkit.HTTP(t, nil, func(http.ResponseWriter, *http.Request) { begun.Done(); <-release })
	c := &crowd{b: b}
	apply := func(limits string) {
		b.apply("upstream", "u", upstreamOf(`,"limits":{`+limits+`,"max_pending":5,"pending_timeout":"1m"}`, address), "route", "r", `{"upstream":"u"}`)
	}
	apply(`"max_requests":1`)
	var all []<-chan *stream
	for range 3 {
		all = append(all, c.ask(t.Context()))
	}
	c.pending(2)
	apply(`"max_requests":3`)
	begun.Wait() // without anybody having left
	close(release)
	for _, done := range all {
		if s := <-done; s.status != 200 {
			t.Errorf("status %d", s.status)
		}
	}
}

// Many requests through few places, of which some clients go: nobody is
// forgotten, and nothing is left.
func TestLimitsUnderLoad(t *testing.T) {
	c := newCrowd(t, `,"limits":{"max_requests":4,"max_connections":4,"max_pending":100,"pending_timeout":"1m"}`)
	close(c.release) // each may end at once
	var ended sync.WaitGroup
	var served atomic.Int64
	for i := range 40 {
		ended.Go(func() {
			for range 20 {
				ctx, cancel := context.WithCancel(context.Background())
				if i%4 == 0 {
					time.AfterFunc(time.Millisecond, cancel)
				}
				if s := <-c.ask(ctx); s.status == 200 {
					served.Add(1)
				} else if ctx.Err() == nil {
					t.Errorf("status %d, %s", s.status, s.body)
				}
				cancel()
			}
		})
	}
	ended.Wait()
	if gate := c.b.pool().Gate(); gate.Inside() != 0 || gate.Pending() != 0 || served.Load() < 600 {
		t.Errorf("%d inside, %d pending, %d served", gate.Inside(), gate.Pending(), served.Load())
	}
	c.b.settle()
}
