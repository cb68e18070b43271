// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// together runs n requests that are at the target at the same time.
func together(t *testing.T, r *rig, n int) {
	t.Helper()
	var all sync.WaitGroup
	for range n {
		all.Go(func() { r.get(t, request("GET", "/")) })
	}
	all.Wait()
}

// meeting is a target that answers when n requests are there.
func meeting(n int) func(*peer) {
	var mu sync.Mutex
	var here sync.WaitGroup
	here.Add(n)
	arrived := 0
	return func(p *peer) {
		for p.head() != "" {
			mu.Lock()
			if arrived++; arrived <= n {
				here.Done()
			}
			mu.Unlock()
			here.Wait()
			p.say(next)
		}
	}
}

// S0-14: of the connections that have been used at the same time as many are
// kept as may be, and each of them is found again.
func TestMaxIdle(t *testing.T) {
	const n = 20
	r := to(t, play(t, meeting(n)).address, client.Options{MaxIdle: 8})
	together(t, r, n)
	if r.dialled.Load() != n || r.Idle() != 8 || r.open.Load() != 8 {
		t.Errorf("%d made, %d idle, %d open", r.dialled.Load(), r.Idle(), r.open.Load())
	}
	for range 100 {
		r.get(t, request("GET", "/"))
	}
	if r.dialled.Load() != n || r.Idle() != 8 {
		t.Errorf("then %d made, %d idle", r.dialled.Load(), r.Idle())
	}
	var kept []*message.Response
	for range 8 { // one connection each, wherever it is
		response, err := r.do(t.Context(), request("GET", "/"))
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, response)
	}
	for _, response := range kept {
		_, _ = drain(response)
	}
	r.CloseIdle()
	if r.Idle() != 0 || r.open.Load() != 0 {
		t.Errorf("%d idle, %d open after CloseIdle", r.Idle(), r.open.Load())
	}
	if r.get(t, request("GET", "/")); r.Idle() != 1 {
		t.Errorf("%d idle", r.Idle())
	}
}

// S2-06: unused connections are closed when their time is up, and those that
// the target has closed soon after that, without a request.
func TestIdleConnectionsAreClosed(t *testing.T) {
	const n = 10
	r := to(t, play(t, meeting(n)).address, client.Options{MaxIdle: n, IdleTimeout: 20 * time.Millisecond})
	together(t, r, n)
	eventually(t, "all are closed", func() bool { return r.open.Load() == 0 && r.Idle() == 0 })

	ended := make(chan struct{})
	r = to(t, play(t, func(p *peer) {
		p.head()
		p.say(next)
		p.Close()
		close(ended)
	}).address, client.Options{})
	r.get(t, request("GET", "/"))
	within(t, "the target closes", ended)
	eventually(t, "the one that ended is closed", func() bool { r.Sweep(); return r.open.Load() == 0 && r.Idle() == 0 })
}

// A connection is not used that the target has closed or on which it says
// something unasked, though the request could be sent again.
func TestUnusableConnections(t *testing.T) {
	for name, test := range map[string]func(p *peer){
		"closed":   func(*peer) {},
		"reset":    func(p *peer) { _ = p.SetLinger(0) },
		"response": func(p *peer) { p.say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"); p.gone() },
		"408":      func(p *peer) { p.say("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n") },
	} {
		t.Run(name, func(t *testing.T) {
			did := make(chan struct{})
			answered := make(chan struct{})
			r := to(t, play(t, func(p *peer) {
				p.head()
				p.say(next)
				if p.n == 0 {
					<-answered
					if name != "response" {
						defer close(did)
						defer p.Close()
					}
					go func() {
						if name == "response" {
							time.AfterFunc(time.Millisecond, func() { close(did) })
						}
					}()
					test(p)
					return
				}
				p.gone()
			}).address, client.Options{})
			r.get(t, request("GET", "/"))
			close(answered)
			<-did
			time.Sleep(5 * time.Millisecond) // what the target did has arrived
			for _, method := range []string{"GET", "POST"} {
				if got := r.get(t, request(method, "/")); got != "next" {
					t.Errorf("%s: %q", method, got)
				}
				r.CloseIdle()
			}
		})
	}
}

// Close ends what is unused now, and what is used later; late exchanges are
// served all the same.
func TestClose(t *testing.T) {
	release := make(chan struct{})
	r := to(t, play(t, func(p *peer) {
		for {
			head := p.head()
			if head == "" {
				return
			}
			p.say("HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n")
			if strings.HasPrefix(head, "GET /slow") {
				<-release
			}
			p.say(strings.Repeat("x", 20000))
		}
	}).address, client.Options{})
	slow, err := r.do(t.Context(), request("GET", "/slow"))
	if err != nil {
		t.Fatal(err)
	}
	r.get(t, request("GET", "/"))
	r.Close()
	if r.Idle() != 0 || r.open.Load() != 1 {
		t.Errorf("%d idle, %d open", r.Idle(), r.open.Load())
	}
	if got := r.get(t, request("GET", "/late")); len(got) != 20000 || r.Idle() != 0 || r.open.Load() != 1 {
		t.Errorf("late: %d bytes, %d idle, %d open", len(got), r.Idle(), r.open.Load())
	}
	close(release)
	if got, err := drain(slow); len(got) != 20000 || err != nil || r.open.Load() != 0 {
		t.Errorf("in flight: %d bytes, %v, %d open", len(got), err, r.open.Load())
	}
	waiting, err := r.do(t.Context(), request("GET", "/slow"))
	if err != nil {
		t.Fatal(err)
	}
	waiting.Body.Close()
	if r.open.Load() != 0 {
		t.Errorf("%d open after a canceled one", r.open.Load())
	}
}

// stale is a target that answers one request a connection, and drops the next
// one when it has read it.
func stale(p *peer) {
	body := func(head string) {
		switch {
		case strings.Contains(head, "chunked"):
			p.chunks()
		case strings.Contains(head, "Content-Length: 1\r\n"):
			p.body(1)
		}
	}
	body(p.head())
	p.say(next)
	body(p.head())
}

// What a connection lost that had been used before is sent again, if that is
// safe: once, over a new connection.
func TestStaleConnection(t *testing.T) {
	for name, test := range map[string]struct {
		request *message.Request
		again   bool
	}{
		"GET":                {request("GET", "/"), true},
		"HEAD":               {request("HEAD", "/"), true},
		"DELETE":             {request("DELETE", "/"), true},
		"PUT":                {with(request("PUT", "/"), strings.NewReader("x"), 1), true},
		"PUT, length no one": {with(request("PUT", "/"), strings.NewReader("x"), -1), false},
		"POST":               {request("POST", "/"), false},
		"POST with a body":   {with(request("POST", "/"), strings.NewReader("x"), 1), false},
		"PATCH":              {request("PATCH", "/"), false},
	} {
		t.Run(name, func(t *testing.T) {
			r := to(t, play(t, stale).address, client.Options{})
			r.get(t, request("GET", "/"))
			response, err := r.do(t.Context(), test.request)
			if test.again {
				if body, err := drain(response); err != nil || test.request.Method != "HEAD" && body != "next" {
					t.Errorf("%q, %v", body, err)
				}
			} else if failed := failure(t, err); !failed.Reused || failed.Retryable() || failed.Phase != message.PhaseHead {
				t.Errorf("%v: reused %t, retryable %t", err, failed.Reused, failed.Retryable())
			}
		})
	}
}

// It is not sent a third time, nor when the response has begun.
func TestSentAgainOnlyOnce(t *testing.T) {
	for name, begins := range map[string]string{"nothing": "", "the beginning": "HTTP/1.1 2", "an interim response": "HTTP/1.1 102 Processing\r\n\r\n"} {
		t.Run(name, func(t *testing.T) {
			at := play(t, func(p *peer) {
				if p.n == 0 {
					p.head()
					p.say(next)
				}
				p.head()
				p.say(begins)
			})
			r := to(t, at.address, client.Options{})
			r.get(t, request("GET", "/"))
			_, err := r.do(t.Context(), request("GET", "/"))
			failed := failure(t, err)
			if failed.Phase != message.PhaseHead || failed.Retryable() || failed.Reused != (begins != "") {
				t.Errorf("%v: reused %t, retryable %t", err, failed.Reused, failed.Retryable())
			}
			want := int64(1)
			if begins == "" {
				want = 2
			}
			if got := r.dialled.Load(); got != want {
				t.Errorf("%d connections, want %d", got, want)
			}
		})
	}
}

// A target that cannot be reached has seen nothing: the request can be sent
// to another one, its body included, even if that has been read.
func TestUnreachable(t *testing.T) {
	refused := errors.New("refused")
	for name, failed := range map[string]error{
		"as it should be": &message.TransportError{Phase: message.PhaseTLS, Err: refused, MayRetry: true},
		"another error":   refused,
	} {
		dead := client.New(client.Options{Target: "dead:1", Dial: func(context.Context, sock.Instant) (net.Conn, *sock.Conn, error) { return nil, nil, failed }})
		alive := to(t, play(t, echo).address, client.Options{})
		for _, length := range []int64{-1, 4, 20_000} {
			text := strings.Repeat("body", int(max(length, 4)/4))
			q := with(request("POST", "/"), strings.NewReader(text), length)
			response := new(message.Response)
			got := failure(t, dead.RoundTrip(t.Context(), q, response, nil))
			if !got.Retryable() || got.Target != "dead:1" || !errors.Is(got, refused) || got.Phase != message.PhaseTLS && got.Phase != message.PhaseConnect {
				t.Errorf("%s: %v, retryable %t", name, got, got.Retryable())
			}
			if got := alive.get(t, q); !strings.Contains(got, "body") {
				t.Errorf("%s, length %d: another target got %q", name, length, got)
			}
		}
	}
}

// A body that fails is the fault of its source, and not of the target, which
// is not even asked if the body is small.
func TestBodyFails(t *testing.T) {
	spilt := errors.New("spilt")
	for name, test := range map[string]struct {
		body   io.Reader
		length int64
		is     error
	}{
		"small":        {io.MultiReader(strings.NewReader("x"), failing{spilt}), 10, spilt},
		"small, short": {strings.NewReader("x"), 10, io.ErrUnexpectedEOF},
		"small, long":  {strings.NewReader("xyz"), 2, nil},
		"large":        {io.MultiReader(strings.NewReader("x"), failing{spilt}), 100_000, spilt},
		"large, short": {strings.NewReader("x"), 100_000, io.ErrUnexpectedEOF},
		"large, long":  {strings.NewReader(strings.Repeat("x", 100_001)), 100_000, nil},
		"chunked":      {io.MultiReader(strings.NewReader("x"), failing{spilt}), -1, spilt},
		"nothing":      {nothing{}, 100_000, io.ErrNoProgress},
		"nothing, too": {nothing{}, 10, io.ErrNoProgress},
		"no chunks":    {nothing{}, -1, io.ErrNoProgress},
	} {
		t.Run(name, func(t *testing.T) {
			seen := make(chan string, 1)
			r := to(t, play(t, func(p *peer) {
				p.head()
				rest, _ := io.ReadAll(p.Reader)
				seen <- string(rest)
			}).address, client.Options{})
			_, err := r.do(t.Context(), with(request("POST", "/"), test.body, test.length))
			if failed := failure(t, err); failed.Phase != message.PhaseBody || failed.Retryable() || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("%v", err)
			}
			if strings.HasPrefix(name, "small") || name == "nothing, too" {
				if r.dialled.Load() > 0 {
					t.Error("the target was asked")
				}
				return
			}
			if got := within(t, "the target sees the end", seen); len(got) >= 100_000 || strings.HasSuffix(got, "0\r\n\r\n") {
				t.Error("the target took it for the whole")
			}
		})
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, nil }
