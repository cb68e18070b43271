// SPDX-License-Identifier: Apache-2.0

package proxy_test

import (
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// A lingering context holds up whoever asks it first, which is where a try begins.
type lingering struct {
	context.Context
	once           sync.Once
	begins, goesOn chan struct{}
}

func (l *lingering) Done() <-chan struct{} {
	l.once.Do(func() { close(l.begins); <-l.goesOn })
	return l.Context.Done()
}

// S3-107: a request that may wait for a connection is not sent away because
// another one was quicker to take the one that it had seen.
func TestTurnIsNotLost(t *testing.T) {
	c := newCrowd(t, `,"limits":{"max_connections":1,"max_pending":5,"pending_timeout":"1m"},"retries":{"on":["reset"],"per_try_timeout":"1m"}`)
	late := &lingering{Context: t.Context(), begins: make(chan struct{}), goesOn: make(chan struct{})}
	second := c.ask(late)
	<-late.begins
	first := c.ask(t.Context())
	<-c.begun
	close(late.goesOn)
	select {
	case s := <-second:
		t.Fatalf("status %d", s.status)
	case <-pendingOne(c):
	}
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
}

// pendingOne tells when one waits.
func pendingOne(c *crowd) <-chan struct{} {
	waits, gate := make(chan struct{}), c.b.pool().Gate()
	go func() {
		defer close(waits)
		for until := time.Now().Add(patience); gate.Pending() != 1 && time.Now().Before(until); time.Sleep(time.Millisecond) {
			if c.b.t.Failed() {
				return
			}
		}
	}()
	return waits
}

// A target is not to blame for a request whose time has passed while it waited.
func TestLateTurn(t *testing.T) {
	c := newCrowd(t, `,"limits":{"max_connections":1,"max_pending":5,"pending_timeout":"1m"},"request_timeout":"1s","retries":{"on":["reset"],"per_try_timeout":"1s"}`)
	late := &lingering{Context: t.Context(), begins: make(chan struct{}), goesOn: make(chan struct{})}
	second := c.ask(late)
	<-late.begins
	first := c.ask(t.Context()) // whose time passes at the target, after that of the second
	<-c.begun
	close(late.goesOn)
	for _, done := range []<-chan *stream{first, second} {
		if s := <-done; s.status != 504 {
			t.Errorf("status %d", s.status)
		}
	}
	if n := c.b.pool().Targets()[0].Stats().Requests; n != 1 {
		t.Errorf("the target was sent %d requests", n)
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("a body's fault") }
func (panicking) Close() error             { return nil }

// A body that panics while it is sent leaves nothing behind at its target.
func TestPanicLeavesNothing(t *testing.T) {
	b := start(t)
	hook := b.hook("a", hook{request: func(x *plugin.Exchange) error {
		x.Request.Body, x.Request.ContentLength = panicking{}, 10
		return nil
	}})
	b.apply("upstream", "u", upstreamOf(`,"limits":{"max_connections":1}`, testkit.HTTP(t, nil, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	})), "route", "r", `{"upstream":"u","plugins":{"a":`+hook+`}}`)
	r := get("/")
	r.Method = "POST"
	if s := b.serve(context.Background(), r); s.status != 500 {
		t.Fatalf("status %d", s.status)
	}
	if n := b.pool().Targets()[0].InFlight(); n != 0 {
		t.Errorf("%d exchanges are in flight", n)
	}
}
