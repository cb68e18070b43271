// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/server"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/life"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

const upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: Echo\r\n\r\n"

// switched are the fields of the answer to it.
func switched() *message.Header { return trailers("Connection", "Upgrade", "Upgrade", "echo") }

// echoes is a handler whose tunnels give back what comes.
func echoes(copy func(net.Conn) error) handlerFunc {
	return func(_ context.Context, _ *message.Request, s message.Stream) {
		tunnel, err := s.Upgrade(switched())
		if err != nil {
			return
		}
		_ = copy(tunnel)
		_ = tunnel.Close()
	}
}

// byWriteTo echoes as io.Copy does, byRead by Read and Write.
func byWriteTo(c net.Conn) error {
	_, err := io.Copy(c, c)
	_ = c.(interface{ CloseWrite() error }).CloseWrite()
	return err
}

func byRead(c net.Conn) error {
	_, err := io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{c})
	_ = c.(interface{ CloseWrite() error }).CloseWrite()
	return err
}

// After 101 the connection carries what both sides please, beginning with what
// came behind the request, and each side can end before the other (S2-01..05).
func TestUpgrade(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		for name, copy := range map[string]func(net.Conn) error{"WriteTo": byWriteTo, "Read": byRead} {
			g := make(session.Options{}, echoes(copy))
			c := g.dial().say(upgrade + "early")
			want := "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly"
			if got := c.next(len(want)); got != want {
				t.Errorf("%s: got %q", name, got)
			}
			if s := g.host.Stats(); s.Tunnels != 1 || s.Exchanges != 1 {
				t.Errorf("%s: %+v", name, s)
			}
			g.host.Retire() // tunnels run on
			for _, size := range []int{1, 5, 16_384, 16_385, 100_000} {
				data := strings.Repeat("0123456789", size/10+1)[:size]
				var sending sync.WaitGroup
				sending.Go(func() { c.say("%s", data) })
				if got := c.next(size); got != data {
					t.Errorf("%s: %d bytes came back as %d", name, size, len(got))
				}
				sending.Wait()
			}
			c.say("last words")
			closeWrite(c)
			if got, err := c.rest(); got != "last words" || err != nil {
				t.Errorf("%s: at the end %q, %v", name, got, err)
			}
			c.served()
			if s := g.host.Stats(); s.Tunnels != 0 || s.Exchanges != 0 {
				t.Errorf("%s: at the end %+v", name, s)
			}
		}
	})
}

// A tunnel that goes on when the handler has returned keeps its context, which
// the other side of it may depend on: it ends with the connection.
func TestTunnelContext(t *testing.T) {
	lines, tunnels := contexts(1), make(chan net.Conn, 1)
	g := start(t, session.Options{}, func(ctx context.Context, _ *message.Request, s message.Stream) {
		lines <- life.Of(ctx)
		_ = ctx.Done()
		tunnel, err := s.Upgrade(switched())
		if err != nil {
			t.Error(err)
		}
		tunnels <- tunnel
	})
	c := g.dial().say(upgrade)
	line, tunnel := <-lines, <-tunnels
	_ = tunnel.Close()
	c.served()
	if cause := line.Cause(); !errors.Is(cause, io.EOF) {
		t.Errorf("it ended because of %v", cause)
	}
}

// An abort ends the reads and writes of a tunnel, and leaves its end to Close.
func TestTunnelAbort(t *testing.T) {
	errs := errorChannels(3)
	tunnels := make(chan net.Conn, 1)
	g := start(t, session.Options{}, func(_ context.Context, _ *message.Request, s message.Stream) {
		tunnel, err := s.Upgrade(switched())
		if err != nil {
			t.Error(err)
		}
		tunnels <- tunnel
	})
	g.dial().say(upgrade).hear("GET")
	tunnel := <-tunnels
	go func() {
		_, err := io.Copy(io.Discard, tunnel)
		errs <- err
	}()
	go func() {
		_, err := io.Copy(tunnel, endless{})
		errs <- err
	}()
	tunnel.(interface{ Abort() }).Abort()
	for range 2 {
		if err := within(t, "it ends", errs); !errors.Is(err, sock.ErrAborted) {
			t.Error(err)
		}
	}
	if n := g.host.Stats().Tunnels; n != 1 {
		t.Errorf("%d tunnels before the end", n)
	}
	_ = tunnel.Close()
}

// S2-08: a limit keeps tunnels from taking everything.
func TestTunnelLimit(t *testing.T) {
	refused := errorChannel()
	g := start(t, session.Options{MaxTunnels: 1}, func(_ context.Context, _ *message.Request, s message.Stream) {
		tunnel, err := s.Upgrade(switched())
		if err != nil {
			refused <- err
			return
		}
		_ = byWriteTo(tunnel)
		_ = tunnel.Close()
	})
	first := g.dial().say(upgrade)
	if got := first.hear("GET"); got.status != 101 {
		t.Fatalf("%+v", got)
	}
	if got := g.dial().say(upgrade).hear("GET"); got.status != 503 || !got.closes {
		t.Errorf("%+v", got)
	}
	if err := <-refused; !errors.Is(err, server.ErrTunnels) {
		t.Error(err)
	}
	first.Close()
	first.served()
	if got := g.dial().say(upgrade).hear("GET"); got.status != 101 {
		t.Errorf("after the first has ended: %+v", got)
	}
}

// S2-06: a tunnel that carries nothing, either way, ends. One direction keeps
// the other alive.
func TestTunnelIdle(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		for name, read := range map[string]func(net.Conn) error{
			"Read":    func(c net.Conn) error { _, err := c.Read(room(1)); return err },
			"WriteTo": func(c net.Conn) error { _, err := c.(io.WriterTo).WriteTo(io.Discard); return err },
		} {
			const idle = 200 * time.Millisecond
			result := errorChannel()
			var begun, ended time.Time
			g := make(session.Options{TunnelIdleTimeout: idle}, func(_ context.Context, _ *message.Request, s message.Stream) {
				tunnel, err := s.Upgrade(switched())
				if err != nil {
					t.Error(err)
					return
				}
				begun = time.Now()
				var writing sync.WaitGroup
				writing.Go(func() {
					for range 10 {
						_, _ = tunnel.Write([]byte("x"))
						time.Sleep(idle / 5)
					}
				})
				err = read(tunnel)
				ended = time.Now()
				writing.Wait()
				_ = tunnel.Close()
				result <- err
			})
			c := g.dial().say(upgrade)
			if err := within(t, "the tunnel ends", result); !isTimeout(err) || ended.Sub(begun) < 2*idle {
				t.Errorf("%s: after %s: %v", name, ended.Sub(begun), err)
			}
			c.served()
		}
	})
}

// Closing a tunnel ends what runs in it, from anywhere; so do deadlines.
func TestTunnelEnds(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		for name, end := range map[string]func(g *gateway, c net.Conn){
			"close":    func(_ *gateway, c net.Conn) { _ = c.Close(); _ = c.Close() },
			"deadline": func(_ *gateway, c net.Conn) { _ = c.SetDeadline(time.Now()) },
			"abort": func(g *gateway, _ net.Conn) {
				ctx, cancel := context.WithCancel(context.Background())
				cancel()
				_ = g.host.Drain(ctx)
			},
		} {
			var g *gateway
			g = make(session.Options{}, func(_ context.Context, _ *message.Request, s message.Stream) {
				tunnel, err := s.Upgrade(switched())
				if err != nil {
					t.Error(err)
					return
				}
				begun := errorChannel()
				var reading sync.WaitGroup
				reading.Go(func() {
					begun <- nil
					_, err := tunnel.Read(room(1))
					if err == nil || name == "deadline" && !errors.Is(err, os.ErrDeadlineExceeded) {
						t.Errorf("%s: %v", name, err)
					}
				})
				<-begun
				end(g, tunnel)
				reading.Wait()
				_ = tunnel.Close()
			})
			c := g.dial().say(upgrade)
			c.served()
		}
	})
}

// What is no upgrade cannot become one.
func TestNoUpgrade(t *testing.T) {
	for name, request := range map[string]string{
		"not asked for": get,
		"HTTP/1.0":      strings.Replace(upgrade, "1.1", "1.0", 1),
	} {
		g := start(t, session.Options{}, func(_ context.Context, _ *message.Request, s message.Stream) {
			if _, err := s.Upgrade(switched()); !errors.Is(err, server.ErrNoUpgrade) {
				t.Errorf("%s: %v", name, err)
			}
			_, _ = s.Respond(text(200, "no"))
			if _, err := s.Upgrade(switched()); !errors.Is(err, server.ErrResponded) {
				t.Errorf("%s, afterwards: %v", name, err)
			}
		})
		if got := g.dial().say("%s", request).hear("GET"); got.status != 200 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	// One that is asked for need not.
	c := start(t, session.Options{}, ok).dial().say(upgrade + get)
	for range 2 {
		if got := c.hear("GET"); got.status != 200 || got.closes {
			t.Errorf("%+v", got)
		}
	}
}
