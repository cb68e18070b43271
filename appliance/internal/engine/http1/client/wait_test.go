// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/life"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// silent is a target that goes silent where its path says: before the head,
// in the head, or in the body. It tells when the gateway has gone.
func silent(gone chan struct{}) func(*peer) {
	return func(p *peer) {
		head := p.head()
		switch {
		case strings.Contains(head, "/head"):
			p.say("HTTP/1.1 200 OK\r\n")
		case strings.Contains(head, "/interim"):
			p.say("HTTP/1.1 102 Processing\r\n\r\n")
		case strings.Contains(head, "/body"):
			p.say("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhello")
		case strings.Contains(head, "/chunk"):
			p.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")
		}
		p.gone()
		gone <- struct{}{}
	}
}

// An exchange ends when its context does, wherever it is, and the target
// learns of it: a context of any kind, one that tells and one that is asked.
func TestCancel(t *testing.T) {
	why := errors.New("the client has gone")
	for name, start := range map[string]func() (ctx context.Context, leave func()){
		"plain": func() (context.Context, func()) {
			ctx, cancel := context.WithCancelCause(context.Background())
			return ctx, func() { cancel(why) }
		},
		"line": func() (context.Context, func()) {
			line := new(life.Line)
			return line, func() { line.End(why) }
		},
		"probed line": func() (context.Context, func()) {
			var left atomic.Bool
			line := new(life.Line)
			line.Init(func() error {
				if left.Load() {
					return why
				}
				return nil
			})
			return line, func() { left.Store(true) }
		},
		"of a probed line": func() (context.Context, func()) {
			var left atomic.Bool
			line := new(life.Line)
			line.Init(func() error {
				if left.Load() {
					return why
				}
				return nil
			})
			ctx, cancel := context.WithCancel(line)
			return ctx, func() { left.Store(true); context.AfterFunc(ctx, cancel) }
		},
	} {
		for _, path := range []string{"/nothing", "/head", "/interim", "/body", "/chunk", "/upload"} {
			t.Run(name+path, func(t *testing.T) {
				t.Parallel()
				gone := make(chan struct{}, 1)
				r := to(t, play(t, silent(gone)).address, client.Options{})
				ctx, leave := start()
				q := request("GET", path)
				if path == "/upload" {
					reader, writer := io.Pipe()
					defer writer.Close()
					with(q, reader, -1)
				}
				failed := make(chan error, 1)
				go func() {
					response, err := r.do(ctx, q)
					if err == nil {
						_, err = drain(response)
					}
					failed <- err
				}()
				eventually(t, "the target is asked", func() bool { return r.dialled.Load() == 1 })
				time.AfterFunc(150*time.Millisecond, leave) // in the second step of the wait
				err := within(t, "the exchange ends", failed)
				if failed := failure(t, err); failed.Phase != message.PhaseCanceled || failed.Retryable() || !errors.Is(err, why) && name != "of a probed line" {
					t.Errorf("%v", err)
				}
				within(t, "the target sees it", gone)
			})
		}
	}
	t.Run("before", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		r := to(t, "127.0.0.1:1", client.Options{})
		_, err := r.do(ctx, request("GET", "/"))
		if failed := failure(t, err); failed.Phase != message.PhaseCanceled || !errors.Is(err, why) || r.dialled.Load() > 0 {
			t.Errorf("%v", err)
		}
	})
}

// Timeouts and deadlines end an exchange and say which it was.
func TestTimeouts(t *testing.T) {
	const short = 20 * time.Millisecond
	for name, test := range map[string]struct {
		path     string
		options  client.Options
		deadline time.Duration
		upload   bool
		phase    message.Phase
	}{
		"no head":                  {"/nothing", client.Options{ResponseTimeout: short}, 0, false, message.PhaseTimeout},
		"half a head":              {"/head", client.Options{ResponseTimeout: short}, 0, false, message.PhaseTimeout},
		"interim response":         {"/interim", client.Options{ResponseTimeout: short}, 0, false, message.PhaseTimeout},
		"long":                     {"/nothing", client.Options{ResponseTimeout: 250 * time.Millisecond}, 0, false, message.PhaseTimeout},
		"stalled body":             {"/body", client.Options{StallTimeout: short, ResponseTimeout: time.Hour}, 0, false, message.PhaseResponse},
		"stalled chunk":            {"/chunk", client.Options{StallTimeout: short}, 0, false, message.PhaseResponse},
		"deadline before the head": {"/nothing", client.Options{}, short, false, message.PhaseTimeout},
		"deadline in the head":     {"/head", client.Options{ResponseTimeout: time.Hour}, short, false, message.PhaseTimeout},
		"deadline in the body":     {"/body", client.Options{StallTimeout: time.Hour}, short, false, message.PhaseResponse},
		"deadline in the request":  {"/nothing", client.Options{}, short, true, message.PhaseTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gone := make(chan struct{}, 1)
			r := to(t, play(t, silent(gone)).address, test.options)
			q := request("GET", test.path)
			if test.deadline > 0 {
				q.Deadline = time.Now().Add(test.deadline)
			}
			if test.upload {
				reader, writer := io.Pipe()
				defer writer.Close()
				with(q, reader, -1)
			}
			response, err := r.do(t.Context(), q)
			if err == nil {
				_, err = drain(response)
			}
			if failed := failure(t, err); failed.Phase != test.phase || !failed.Timeout() || failed.Retryable() {
				t.Errorf("%v, timeout %t, retryable %t", err, failed.Timeout(), failed.Retryable())
			}
			within(t, "the target sees it", gone)
		})
	}
}

// The time for the response begins when the request has been sent: a slow
// client does not use it up, and the target may be silent as long as that
// lasts, also in the middle of its response.
func TestSlowRequest(t *testing.T) {
	for _, early := range []bool{false, true} {
		r := to(t, play(t, func(p *peer) {
			p.head()
			if early {
				p.say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
			}
			p.chunks()
			if !early {
				p.say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
			}
			p.say("next")
			p.gone()
		}).address, client.Options{ResponseTimeout: 50 * time.Millisecond, StallTimeout: 50 * time.Millisecond})
		reader, writer := io.Pipe()
		time.AfterFunc(200*time.Millisecond, func() {
			_, _ = writer.Write([]byte("x"))
			writer.Close()
		})
		if got := r.get(t, with(request("POST", "/"), reader, -1)); got != "next" {
			t.Errorf("early %t: %q", early, got)
		}
	}
}

// A target that takes nothing of the request for the stall timeout is given up.
func TestStalledWrite(t *testing.T) {
	stop := make(chan struct{})
	r := to(t, play(t, func(*peer) { <-stop }).address, client.Options{StallTimeout: 50 * time.Millisecond})
	defer close(stop)
	for _, length := range []int64{-1, 1 << 40} {
		_, err := r.do(t.Context(), with(request("POST", "/"), endless{}, length))
		if failed := failure(t, err); failed.Phase != message.PhaseWrite || !failed.Timeout() || failed.Retryable() {
			t.Errorf("%v", err)
		}
	}
	q := request("GET", "/")
	q.Header.Add("x-large", strings.Repeat("x", 20<<20)) // more than any socket takes
	_, err := r.do(t.Context(), q)
	if failed := failure(t, err); failed.Phase != message.PhaseWrite || !failed.Timeout() || failed.Retryable() {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err = r.do(ctx, q); failure(t, err).Phase != message.PhaseCanceled {
		t.Errorf("%v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// That the client has gone is often the end of its connection, io.EOF. It must
// not be taken for the end of the body.
func TestClientsEndIsNotTheBodys(t *testing.T) {
	for _, path := range []string{"/body", "/chunk"} {
		var left atomic.Bool
		line := new(life.Line)
		line.Init(func() error {
			if left.Load() {
				return io.EOF
			}
			return nil
		})
		gone := make(chan struct{}, 1)
		r := to(t, play(t, silent(gone)).address, client.Options{})
		response, err := r.do(line, request("GET", path))
		if err != nil {
			t.Fatal(err)
		}
		left.Store(true)
		_, err = drain(response)
		if err == nil || errors.Is(err, io.EOF) || failure(t, err).Phase != message.PhaseCanceled {
			t.Errorf("%s: %v", path, err)
		}
		within(t, "the target sees it", gone)
	}
}

// Whoever makes a connection learns that the client has gone, and leaves
// nothing with the exchange, which may become a tunnel that lasts.
func TestGoneWhileDialing(t *testing.T) {
	line, why := new(life.Line), errors.New("gone")
	line.Init(nil)
	c := client.New(client.Options{Target: "nowhere", Dial: func(ctx context.Context, _ sock.Instant) (net.Conn, *sock.Conn, error) {
		limited, cancel := context.WithCancel(ctx)
		defer cancel()
		go line.End(why)
		<-limited.Done()
		return nil, nil, errors.New("given up")
	}})
	var response message.Response
	if failed := failure(t, c.RoundTrip(line, request("GET", "/"), &response, nil)); failed.Phase != message.PhaseCanceled || !errors.Is(failed, why) {
		t.Error(failed)
	}

	line = new(life.Line)
	line.Init(func() error { return nil })
	c = client.New(client.Options{Target: "nowhere", Dial: func(ctx context.Context, _ sock.Instant) (net.Conn, *sock.Conn, error) {
		_, cancel := context.WithCancel(ctx)
		cancel()
		return nil, nil, errors.New("no")
	}})
	if err := c.RoundTrip(line, request("GET", "/"), &response, nil); err == nil || line.Used() {
		t.Errorf("%v, still watched: %t", err, line.Used())
	}
}
