// SPDX-License-Identifier: Apache-2.0

package proxy_test

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/life"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// pool returns the pool of the upstream u.
func (b *bench) pool() *upstream.Pool {
	return b.proxy.Current().Pool(&snapshot.Route{Info: plugin.Route{Upstream: "u"}})
}

// settle waits until no target is busy any more.
func (b *bench) settle() {
	b.t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		busy := int64(0)
		for _, target := range b.pool().Targets() {
			busy += target.InFlight()
		}
		if busy == 0 {
			return
		}
		if time.Now().After(until) {
			b.t.Fatalf("%d exchanges do not end", busy)
		}
	}
}

const hedged = `,"retries":{"hedge":{"after":"20ms"},"budget":100,"budget_per_second":1000,"backoff":"1ms"`

// S1-42: when the first target does not answer, the second one's answer is the
// client's, and the first is told to stop; whichever of them is slow.
func TestHedge(t *testing.T) {
	for _, protocol := range []string{"http", "h2c"} {
		var seen, canceled atomic.Int64
		handler := func(w http.ResponseWriter, r *http.Request) {
			if seen.Add(1)%2 == 1 {
				<-r.Context().Done()
				canceled.Add(1)
				return
			}
			if r.Header.Get("X-Forwarded-For") != "192.0.2.9" {
				t.Errorf("X-Forwarded-For: %q", r.Header.Get("X-Forwarded-For"))
			}
			_, _ = io.WriteString(w, "quick")
		}
		b := start(t)
		b.apply("upstream", "u", upstreamOf(`,"protocol":"`+protocol+`"`+hedged+`}`, testkit.HTTP(t, nil, handler), testkit.HTTP(t, nil, handler)), "route", "r", `{"upstream":"u"}`)
		for range 5 {
			began := time.Now()
			if s := b.serve(context.Background(), get("/")); s.status != 200 || s.body != "quick" || time.Since(began) > patience {
				t.Errorf("%s: status %d, body %q", protocol, s.status, s.body)
			}
		}
		b.settle()
		for until := time.Now().Add(patience); canceled.Load() < 5; time.Sleep(time.Millisecond) {
			if time.Now().After(until) {
				t.Fatalf("%s: %d of 5 were told to stop", protocol, canceled.Load())
			}
		}
		if seen.Load() != 10 {
			t.Errorf("%s: seen %d times", protocol, seen.Load())
		}
	}
}

// Nothing is hedged that is answered in time, has no other target, is not safe,
// has a body, or that the budget does not allow.
func TestNotHedged(t *testing.T) {
	var seen atomic.Int64
	slow := func(w http.ResponseWriter, _ *http.Request) {
		seen.Add(1)
		time.Sleep(100 * time.Millisecond)
	}
	quick := func(http.ResponseWriter, *http.Request) { seen.Add(1) }
	for _, test := range []struct {
		name, more, method string
		handler            http.HandlerFunc
		targets            int
	}{
		{"in time", `,"retries":{"hedge":{"after":"10s"}}`, "GET", quick, 2},
		{"no other target", hedged + `}`, "GET", slow, 1},
		{"not safe", hedged + `}`, "PUT", slow, 2},
		{"no budget", `,"retries":{"hedge":{"after":"20ms"},"budget":1,"budget_per_second":0}`, "GET", slow, 2},
	} {
		seen.Store(0)
		b := start(t)
		var addresses []string
		for range test.targets {
			addresses = append(addresses, testkit.HTTP(t, nil, test.handler))
		}
		b.apply("upstream", "u", upstreamOf(test.more, addresses...), "route", "r", `{"upstream":"u"}`)
		r := get("/")
		r.Method = test.method
		if s := b.serve(context.Background(), r); s.status != 200 || seen.Load() != 1 {
			t.Errorf("%s: status %d, seen %d times", test.name, s.status, seen.Load())
		}
		b.settle()
	}
}

// An answer that settings do not want is not the one that wins; if there is no
// other, the client gets it all the same. Attempts bound all tries together.
func TestHedgeFails(t *testing.T) {
	for _, test := range []struct {
		name, more    string
		first, second http.HandlerFunc // of the first request that comes, and the later ones
		status        int
		seen          int64
	}{
		{"the first one late, the second one's status unwanted", `,"statuses":["503"],"attempts":2`, lateWith(200), with(503), 200, 2},
		{"both unwanted", `,"statuses":["503"],"attempts":2`, lateWith(503), with(503), 503, 2},
		{"both unwanted, and one more", `,"statuses":["503"],"attempts":3`, lateWith(503), with(503), 503, 3},
		{"both lost", `,"on":["reset"],"attempts":2`, func(http.ResponseWriter, *http.Request) {
			time.Sleep(100 * time.Millisecond)
			panic(http.ErrAbortHandler)
		}, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 502, 2},
		{"the first one lost at once, the second good", `,"on":["reset"],"attempts":2`, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, with(200), 200, 2},
		{"both late for their try", `,"on":["reset"],"attempts":2,"per_try_timeout":"150ms"`, lateWith(-1), lateWith(-1), 504, 2},
	} {
		var seen atomic.Int64
		handler := func(w http.ResponseWriter, r *http.Request) {
			if seen.Add(1) == 1 {
				test.first(w, r)
			} else {
				test.second(w, r)
			}
		}
		b := start(t)
		b.apply("upstream", "u", upstreamOf(hedged+test.more+`}`, testkit.HTTP(t, nil, handler), testkit.HTTP(t, nil, handler), testkit.HTTP(t, nil, handler)), "route", "r", `{"upstream":"u"}`)
		if s := b.serve(context.Background(), get("/")); s.status != test.status || seen.Load() != test.seen {
			t.Errorf("%s: status %d, seen %d times", test.name, s.status, seen.Load())
		}
		b.settle()
	}
}

func with(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "answer")
	}
}

// lateWith answers long after the hedge; -1: never.
func lateWith(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if status < 0 {
			<-r.Context().Done()
			return
		}
		time.Sleep(150 * time.Millisecond)
		with(status)(w, r)
	}
}

// A client that goes during a hedge ends both tries: one of HTTP/1.1, who has to
// be asked, and one of HTTP/2.
func TestClientGoesDuringHedge(t *testing.T) {
	for _, probed := range []bool{false, true} {
		var begun, ended sync.WaitGroup
		begun.Add(2)
		ended.Add(2)
		handler := func(_ http.ResponseWriter, r *http.Request) {
			begun.Done()
			<-r.Context().Done()
			ended.Done()
		}
		b := start(t)
		b.apply("upstream", "u", upstreamOf(hedged+`}`, testkit.HTTP(t, nil, handler), testkit.HTTP(t, nil, handler)), "route", "r", `{"upstream":"u"}`)
		var gone atomic.Bool
		var line life.Line
		line.Init(nil)
		if probed {
			line.Init(func() error {
				if gone.Load() {
					return io.EOF
				}
				return nil
			})
		}
		go func() {
			begun.Wait()
			gone.Store(true)
			if !probed {
				line.End(io.EOF)
			}
		}()
		if s := b.serve(&line, get("/")); s.status != 0 || !s.reset {
			t.Errorf("probed %t: status %d, reset %t", probed, s.status, s.reset)
		}
		ended.Wait()
		b.settle()
		line.End(nil)
	}
}

// Interim responses of both tries are passed on one at a time, and none after
// the exchange has ended.
func TestHedgeInforms(t *testing.T) {
	handler := func(w http.ResponseWriter, r *http.Request) {
		for range 20 {
			w.WriteHeader(103)
			time.Sleep(2 * time.Millisecond)
		}
	}
	b := start(t)
	b.apply("upstream", "u", upstreamOf(hedged+`}`, testkit.HTTP(t, nil, handler), testkit.HTTP(t, nil, handler)), "route", "r", `{"upstream":"u"}`)
	s := b.serve(context.Background(), get("/"))
	if s.status != 200 || len(s.informed) == 0 {
		t.Errorf("status %d, %d interim responses", s.status, len(s.informed))
	}
	b.settle()
}

// Many hedged requests at once, some of whose clients go: nothing is left.
func TestHedgesUnderLoad(t *testing.T) {
	var seen atomic.Int64
	handler := func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1)%3 == 0 {
			select {
			case <-r.Context().Done():
			case <-time.After(30 * time.Millisecond):
			}
		}
		_, _ = io.WriteString(w, "answer")
	}
	b := start(t)
	b.apply("upstream", "u", upstreamOf(`,"retries":{"hedge":{"after":"2ms"},"budget":100,"budget_per_second":1000}`, testkit.HTTP(t, nil, handler), testkit.HTTP(t, nil, handler)), "route", "r", `{"upstream":"u"}`)
	var ended sync.WaitGroup
	for i := range 20 {
		ended.Go(func() {
			for range 20 {
				ctx, cancel := context.WithCancel(context.Background())
				if i%4 == 0 {
					time.AfterFunc(3*time.Millisecond, cancel)
				}
				s := &stream{}
				b.proxy.Serve(ctx, get("/"), s)
				if s.status != 200 && ctx.Err() == nil || s.status == 200 && s.body != "answer" && s.body != "" {
					t.Errorf("status %d, body %q", s.status, s.body)
				}
				cancel()
			}
		})
	}
	ended.Wait()
	b.settle()
}
