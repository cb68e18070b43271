// SPDX-License-Identifier: Apache-2.0

package proxy_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// swapTarget switches to the protocol "swap" and then does what a test says
// with the connection.
func swapTarget(t *testing.T, then func(conn *net.TCPConn)) string {
	return target(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: Swap\r\nX-Hop: 1\r\n\r\n")
		_ = rw.Flush()
		then(conn.(*net.TCPConn))
	})
}

// listen serves the proxy on a socket.
func (b *bench) listen() *engine.Server {
	s, err := engine.Listen("127.0.0.1:0", engine.Options{ID: "l", Handler: b.proxy})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = s.Close() })
	return s
}

// dialSwap opens a connection and switches it.
func dialSwap(t *testing.T, address string) (*net.TCPConn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: swap\r\n\r\nearly")
	r := bufio.NewReader(conn)
	head, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if head.StatusCode != 101 || !strings.EqualFold(head.Header.Get("Upgrade"), "swap") || head.Header.Get("Connection") != "Upgrade" {
		t.Fatalf("%d %v", head.StatusCode, head.Header)
	}
	return conn.(*net.TCPConn), r
}

// done waits until an exchange has ended.
func (b *bench) done() *meter {
	b.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		b.route.mu.Lock()
		ended := b.route.end
		b.route.mu.Unlock()
		if ended > 0 {
			return b.route
		}
		if time.Now().After(deadline) {
			b.t.Fatal("the tunnel does not end")
		}
	}
}

// S2-03/05: bytes pass both ways untouched, an end of one direction leaves the
// other, and both are counted.
func TestTunnel(t *testing.T) {
	b := start(t)
	b.apply("upstream", "u", swapTarget(t, func(conn *net.TCPConn) {
		got, err := io.ReadAll(conn) // until the client has ended its side
		if err != nil {
			t.Error(err)
		}
		_, _ = conn.Write(append([]byte("you said: "), got...))
	}), "route", "r", `{"upstream":"u"}`)
	conn, r := dialSwap(t, b.listen().Addr().String())
	_, _ = io.WriteString(conn, ", and late")
	_ = conn.CloseWrite()
	got, err := io.ReadAll(r)
	if err != nil || string(got) != "you said: early, and late" {
		t.Fatalf("%q, %v", got, err)
	}
	if m := b.done(); m.last.Received != 15 || m.last.Sent != 25 || m.last.Err != nil || m.status != 101 {
		t.Errorf("received %d, sent %d, error %v, status %d", m.last.Received, m.last.Sent, m.last.Err, m.status)
	}
}

// Whoever goes first, the other side learns of it and nothing is left.
func TestTunnelEnds(t *testing.T) {
	hold := func(conn *net.TCPConn) { _, _ = io.Copy(io.Discard, conn) }
	for _, test := range []struct {
		name   string
		target func(conn *net.TCPConn)
		route  string
		end    func(b *bench, s *engine.Server, conn *net.TCPConn)
	}{
		{"the client resets", hold, "", func(_ *bench, _ *engine.Server, conn *net.TCPConn) { _ = conn.SetLinger(0); conn.Close() }},
		{"the target leaves", func(*net.TCPConn) {}, "", func(_ *bench, _ *engine.Server, conn *net.TCPConn) {
			_, _ = io.Copy(io.Discard, conn)
			conn.Close()
		}},
		{"the route's time passes", hold, `,"timeout":"2s"`, // time enough to switch first
			func(*bench, *engine.Server, *net.TCPConn) {}},
		{"the listener is shut down", hold, "", func(_ *bench, s *engine.Server, _ *net.TCPConn) {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
			defer cancel()
			_ = s.Shutdown(ctx)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := start(t)
			b.apply("upstream", "u", swapTarget(t, test.target), "route", "r", `{"upstream":"u"`+test.route+`}`)
			s := b.listen()
			conn, _ := dialSwap(t, s.Addr().String())
			test.end(b, s, conn)
			b.done()
			if _, err := io.Copy(io.Discard, conn); err != nil && strings.Contains(err.Error(), "timeout") {
				t.Error("the client does not learn of the end")
			}
		})
	}
}

// A tunnel that carries nothing ends though nobody waits for the client: its
// side has ended, or the target takes nothing (S2-06).
func TestTunnelIdle(t *testing.T) {
	for name, leave := range map[string]func(conn *net.TCPConn){
		"the client has ended": func(conn *net.TCPConn) { _ = conn.CloseWrite() },
		"the target is stuck": func(conn *net.TCPConn) {
			for {
				if _, err := conn.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t)
			over := make(chan struct{})
			b.apply("upstream", "u", swapTarget(t, func(*net.TCPConn) { <-over }), "route", "r", `{"upstream":"u"}`)
			t.Cleanup(func() { close(over) })
			s, err := engine.Listen("127.0.0.1:0", engine.Options{ID: "l", Handler: b.proxy, TunnelIdleTimeout: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			conn, _ := dialSwap(t, s.Addr().String())
			go leave(conn)
			b.done()
		})
	}
}

// What breaks off once the gateway's time to finish is over says why, a tunnel
// too; what succeeds then has no error.
func TestCut(t *testing.T) {
	b := start(t)
	b.apply("upstream", "u", target(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }), "route", "r", `{"upstream":"u"}`)
	b.proxy.Cut()
	if s := b.serve(context.Background(), get("/")); s.status != 200 || b.route.last.Err != nil {
		t.Errorf("%d, %v", s.status, b.route.last.Err)
	}
	b.apply("upstream", "u", upstreamAt(testkit.FreeAddress(t), ""))
	b.serve(context.Background(), get("/"))
	if err := b.route.last.Err; err == nil || !strings.HasPrefix(err.Error(), "the gateway stopped: ") {
		t.Errorf("a failure: %v", err)
	}

	b = start(t)
	b.apply("upstream", "u", swapTarget(t, func(conn *net.TCPConn) { _, _ = io.Copy(io.Discard, conn) }), "route", "r", `{"upstream":"u"}`)
	conn, _ := dialSwap(t, b.listen().Addr().String())
	b.proxy.Cut()
	conn.Close()
	if err := b.done().last.Err; err == nil || err.Error() != "the gateway stopped" {
		t.Errorf("a tunnel: %v", err)
	}
}
