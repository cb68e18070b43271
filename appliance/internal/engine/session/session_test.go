// SPDX-License-Identifier: Apache-2.0

package session_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

type protocol struct{ retired, aborted atomic.Int64 }

func (p *protocol) Retire() { p.retired.Add(1) }
func (p *protocol) Abort()  { p.aborted.Add(1) }

type handler func(*message.Request)

func (h handler) Serve(_ context.Context, r *message.Request, _ message.Stream) { h(r) }

func conn(t *testing.T, h *session.Host) *session.Conn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	socket, err := sock.New(accepted.(*net.TCPConn))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		peer.Close()
		socket.Close()
	})
	return &session.Conn{Host: h, Net: socket, Socket: socket}
}

func quiet(o session.Options) session.Options {
	o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	return o
}

func TestDrain(t *testing.T) {
	h := session.NewHost(quiet(session.Options{}))
	silent, early, late := conn(t, h), conn(t, h), conn(t, h)
	for _, c := range []*session.Conn{silent, early, late} {
		if !h.Add(c) {
			t.Fatal("refused")
		}
	}
	var a, b protocol
	early.Speak(&a)
	ctx, cancel := context.WithCancelCause(t.Context())
	drained := make(chan error)
	go func() { drained <- h.Drain(ctx) }()
	if _, err := silent.Socket.Read(make([]byte, 1)); !errors.Is(err, sock.ErrInterrupted) {
		t.Error(err)
	}
	late.Speak(&b) // learns of it though it came too late
	if a.retired.Load() == 0 || b.retired.Load() == 0 || !late.Retired() {
		t.Errorf("retired %d and %d", a.retired.Load(), b.retired.Load())
	}
	if h.Add(conn(t, h)) {
		t.Error("took a connection while draining")
	}
	h.Remove(silent)
	h.Remove(early)
	reason := errors.New("no more time")
	cancel(reason)
	if err := <-drained; !errors.Is(err, reason) || b.aborted.Load() == 0 || a.aborted.Load() > 0 {
		t.Errorf("%v, aborted %d and %d", err, a.aborted.Load(), b.aborted.Load())
	}
	h.Remove(late)
	if err := h.Drain(t.Context()); err != nil {
		t.Error(err)
	}
}

// S2-08: limits of connections and of tunnels hold, and follow the options.
func TestLimits(t *testing.T) {
	h := session.NewHost(quiet(session.Options{MaxConnections: 1, MaxTunnels: 1}))
	a, b := conn(t, h), conn(t, h)
	if !h.Add(a) || h.Add(b) || !h.BeginTunnel() || h.BeginTunnel() {
		t.Error("limits of 1")
	}
	h.Remove(a)
	h.EndTunnel()
	if !h.Add(b) || !h.BeginTunnel() {
		t.Error("after the end of the first")
	}
	h.Update(quiet(session.Options{}))
	if !h.Add(a) || !h.BeginTunnel() {
		t.Error("without limits")
	}
	if s := h.Stats(); s.Connections != 2 || s.Tunnels != 2 || s.Accepted != 4 {
		t.Errorf("%+v", s)
	}
}

func TestHandle(t *testing.T) {
	options := session.Options{ID: "l"}
	var h *session.Host
	options.Handler = handler(func(r *message.Request) {
		if s := h.Stats(); s.Exchanges != 1 || r.Listener != "l" {
			t.Errorf("%+v, listener %q", s, r.Listener)
		}
		if r.Path == "/panic" {
			panic("oh")
		}
	})
	h = session.NewHost(quiet(options))
	c := conn(t, h)
	h.Add(c)
	for path, want := range map[string]bool{"/": false, "/panic": true} {
		if got := c.Handle(t.Context(), &message.Request{Path: path}, nil); got != want {
			t.Errorf("%s: panicked %t", path, got)
		}
	}
	h.Remove(c)
	if s := h.Stats(); s.Requests != 2 || s.Exchanges != 0 || s.Panics != 1 || s.Connections != 0 {
		t.Errorf("%+v", s)
	}
}
