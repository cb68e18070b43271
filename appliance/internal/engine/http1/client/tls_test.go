// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// secure makes a client of a target that speaks TLS and plays a part there.
func secure(t *testing.T, part func(p *peer, secure *tls.Conn)) *rig {
	authority := testkit.NewAuthority(t)
	certificate, _, _ := authority.Issue(t, "127.0.0.1")
	at := play(t, func(p *peer) {
		conn := tls.Server(p.TCPConn, &tls.Config{Certificates: []tls.Certificate{certificate}})
		part(&peer{p.TCPConn, bufio.NewReader(conn), t, p.n}, conn)
	})
	r := new(rig)
	r.Client = client.New(client.Options{Target: at.address, MaxIdle: 10, Dial: func(ctx context.Context, _ sock.Instant) (net.Conn, *sock.Conn, error) {
		plain, socket, err := r.dial(at.address)
		if err != nil {
			return nil, nil, err
		}
		conn := tls.Client(plain, &tls.Config{RootCAs: authority.Pool(), ServerName: "127.0.0.1"})
		if err := conn.HandshakeContext(ctx); err != nil {
			plain.Close()
			return nil, nil, &message.TransportError{Phase: message.PhaseTLS, Target: at.address, Err: err, MayRetry: true}
		}
		return conn, socket, nil
	}})
	t.Cleanup(func() {
		r.Close()
		eventually(t, "all connections are closed", func() bool { return r.open.Load() == 0 })
	})
	return r
}

func say(conn *tls.Conn, s string) { _, _ = io.WriteString(conn, s) }

// S1-68: the same over TLS: requests and responses of all sizes over one
// connection, though TLS has bytes of its own, and nothing is spliced.
func TestTLS(t *testing.T) {
	r := secure(t, func(p *peer, conn *tls.Conn) {
		for {
			head := p.head()
			if head == "" {
				return
			}
			n := 0
			if _, length, ok := strings.Cut(head, "Content-Length: "); ok {
				_, _ = fmt.Sscanf(length, "%d", &n)
			}
			body := p.body(n)
			say(conn, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", n, body))
		}
	})
	for _, n := range []int{1, 5_000, 1_000_000} {
		for range 3 {
			body := strings.Repeat("x", n)
			response, err := r.do(t.Context(), with(request("POST", "/"), strings.NewReader(body), int64(n)))
			if err != nil {
				t.Fatal(err)
			}
			if source, ok := response.Body.(sock.Source); ok && source.Left() != 0 {
				t.Error("bytes of TLS would be spliced")
			}
			if got, err := drain(response); got != body || err != nil {
				t.Errorf("%d of %d bytes, %v", len(got), n, err)
			}
		}
	}
	if r.dialled.Load() != 1 {
		t.Errorf("%d connections", r.dialled.Load())
	}
}

// An unused connection over TLS that the target has ended, or on which it says
// something, is not used.
func TestUnusableTLS(t *testing.T) {
	for name, test := range map[string]func(conn *tls.Conn){
		"closed":   func(conn *tls.Conn) { conn.Close() },
		"cut":      func(conn *tls.Conn) { conn.NetConn().Close() },
		"response": func(conn *tls.Conn) { say(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil") },
	} {
		t.Run(name, func(t *testing.T) {
			answered, did := make(chan struct{}), make(chan struct{})
			r := secure(t, func(p *peer, conn *tls.Conn) {
				for p.head() != "" {
					say(conn, next)
					if p.n == 0 {
						<-answered
						test(conn)
						close(did)
						p.gone()
						return
					}
				}
			})
			r.get(t, request("GET", "/"))
			close(answered)
			<-did
			if got := r.get(t, request("POST", "/")); got != "next" || r.dialled.Load() != 2 {
				t.Errorf("%q over %d connections", got, r.dialled.Load())
			}
		})
	}
}

// Waits over TLS end, too, and a wait that is only interrupted goes on.
func TestTLSWaits(t *testing.T) {
	go1, gone := make(chan struct{}), make(chan struct{}, 10)
	r := secure(t, func(p *peer, conn *tls.Conn) {
		head := p.head()
		if strings.HasPrefix(head, "GET /late") {
			<-go1
			say(conn, next)
		}
		p.gone()
		gone <- struct{}{}
	})
	time.AfterFunc(250*time.Millisecond, func() { close(go1) }) // in the second step of the wait
	if got := r.get(t, request("GET", "/late")); got != "next" {
		t.Errorf("late: %q", got)
	}
	r.CloseIdle()
	within(t, "the target sees it", gone)

	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the client has gone")
	time.AfterFunc(150*time.Millisecond, func() { cancel(why) })
	_, err := r.do(ctx, request("GET", "/"))
	if failed := failure(t, err); failed.Phase != message.PhaseCanceled || !errors.Is(err, why) {
		t.Error(err)
	}
	within(t, "the target sees it", gone)
	q := request("GET", "/")
	q.Deadline = time.Now().Add(20 * time.Millisecond)
	_, err = r.do(t.Context(), q)
	if failed := failure(t, err); failed.Phase != message.PhaseTimeout {
		t.Error(err)
	}
	within(t, "the target sees it", gone)
}

// A tunnel over TLS ends one direction if TLS can, and what the other side says
// still comes.
func TestTLSTunnel(t *testing.T) {
	r := secure(t, func(p *peer, conn *tls.Conn) {
		p.head()
		say(conn, switching+"\r\nearly")
		p.gone()
		say(conn, " late")
		conn.Close()
	})
	response, err := r.do(t.Context(), upgrade("/"))
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Tunnel.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Error(err)
	}
	if got, err := io.ReadAll(response.Tunnel); err != nil || string(got) != "early late" {
		t.Errorf("%q, %v", got, err)
	}
	response.Tunnel.Close()
}

// RoundTripOn uses the connection that it gets, and keeps it.
func TestRoundTripOn(t *testing.T) {
	r := to(t, play(t, echo).address, client.Options{})
	conn, socket, err := r.dial(r.address)
	if err != nil {
		t.Fatal(err)
	}
	response := new(message.Response)
	if err := r.RoundTripOn(conn, socket, t.Context(), request("GET", "/on"), response, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := drain(response); !strings.HasPrefix(got, "GET /on ") || err != nil || r.Idle() != 1 {
		t.Errorf("%q, %v, %d idle", got, err, r.Idle())
	}
	if r.get(t, request("GET", "/")); r.dialled.Load() != 1 {
		t.Error("the connection is not used again")
	}

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	bad := request("GET", "no path")
	for name, test := range map[string]struct {
		ctx     context.Context
		request *message.Request
		phase   message.Phase
	}{"ended": {ended, request("GET", "/"), message.PhaseCanceled}, "bad": {t.Context(), bad, message.PhaseRequest}} {
		conn, socket, err := r.dial(r.address)
		if err != nil {
			t.Fatal(err)
		}
		err = r.RoundTripOn(conn, socket, test.ctx, test.request, response, nil)
		if failed := failure(t, err); failed.Phase != test.phase || failed.Retryable() || r.open.Load() != 1 {
			t.Errorf("%s: %v, %d open", name, err, r.open.Load())
		}
	}
}
