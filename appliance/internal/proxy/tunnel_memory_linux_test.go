// SPDX-License-Identifier: Apache-2.0

package proxy_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
)

// A plainSocket is one that the runtime knows nothing of, so that it takes no
// memory of this process. Its calls give up after a while.
type plainSocket int

func newPlainSocket(t *testing.T) plainSocket {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return plainSocket(fd).patient(t)
}

func (s plainSocket) patient(t *testing.T) plainSocket {
	t.Helper()
	if err := syscall.SetsockoptTimeval(int(s), syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Sec: 20}); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s plainSocket) say(t *testing.T, text string) {
	t.Helper()
	if n, err := syscall.Write(int(s), []byte(text)); err != nil || n < len(text) {
		t.Fatal(n, err)
	}
}

// hear reads until what came ends with end.
func (s plainSocket) hear(t *testing.T, end string) {
	t.Helper()
	var room [1024]byte
	for n := 0; !bytes.HasSuffix(room[:n], []byte(end)); {
		m, err := syscall.Read(int(s), room[n:])
		switch {
		case err == syscall.EINTR:
		case err != nil || m == 0:
			t.Fatalf("%v after %q", err, room[:n])
		default:
			n += m
		}
	}
}

func (s plainSocket) close() { _ = syscall.Close(int(s)) }

// rawTunnels opens tunnels through a listener to a target.
type rawTunnels struct {
	gateway *syscall.SockaddrInet4
	target  plainSocket
}

func (r *rawTunnels) open(t *testing.T) (client, target plainSocket) {
	t.Helper()
	client = newPlainSocket(t)
	if err := syscall.Connect(int(client), r.gateway); err != nil {
		t.Fatal(err)
	}
	client.say(t, "GET /chat?room=1 HTTP/1.1\r\nHost: www.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	fd, _, err := syscall.Accept4(int(r.target), syscall.SOCK_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	target = plainSocket(fd).patient(t)
	target.hear(t, "\r\n\r\n")
	target.say(t, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
	client.hear(t, "\r\n\r\n")
	client.say(t, "ping")
	target.hear(t, "ping")
	target.say(t, "pong")
	client.hear(t, "pong")
	return client, target
}

// heapOf returns the bytes of the heap that are in use.
func heapOf() int64 {
	runtime.GC()
	runtime.GC() // what pools have kept is free now
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// S2-06, S0-11: a tunnel that carries nothing has no goroutine and little
// memory, and goes on all the same.
func TestTunnelMemory(t *testing.T) {
	const (
		count = 500
		most  = 5000 // bytes of the heap for each, two sockets and two goroutines that have been included: 4,470 and a margin
	)
	listener := newPlainSocket(t)
	defer listener.close()
	if err := syscall.Bind(int(listener), &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(int(listener), 16); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(int(listener))
	if err != nil {
		t.Fatal(err)
	}
	b := start(t)
	b.apply("upstream", "u", upstreamAt(fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port), ""), "route", "r", `{"upstream":"u"}`)
	s, err := engine.Listen("127.0.0.1:0", engine.Options{ID: "l", Handler: b.proxy, HTTP2: true, TunnelIdleTimeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	r := &rawTunnels{gateway: &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: int(netip.MustParseAddrPort(s.Addr().String()).Port())}, target: listener}

	client, target := r.open(t) // what is allocated once
	client.close()
	target.close()
	b.done()
	rest := func(most int) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > most; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d goroutines, at most %d are wanted", runtime.NumGoroutine(), most)
			}
		}
	}
	others := runtime.NumGoroutine()
	before := heapOf()
	var clients, targets [count]plainSocket
	for i := range count {
		clients[i], targets[i] = r.open(t)
	}
	rest(others + 4) // the one that waits for all, and those that look after connections now and then
	each := (heapOf() - before) / count
	t.Logf("%d bytes of the heap a tunnel", each)
	if each > most {
		t.Errorf("%d bytes of the heap a tunnel, at most %d are wanted", each, most)
	}

	for i := range count {
		clients[i].say(t, "hello")
		targets[i].hear(t, "hello")
		targets[i].say(t, "well")
		clients[i].hear(t, "well")
	}
	rest(others + 4) // again
	for i := range count {
		clients[i].close()
		targets[i].close()
	}
	for deadline := time.Now().Add(20 * time.Second); s.Stats().Connections > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d tunnels have not ended", s.Stats().Connections)
		}
	}
	if m := b.done(); m.end != count+1 || m.last.Received != 9 || m.last.Sent != 8 || m.last.Err != nil {
		t.Errorf("%d ended; the last received %d and sent %d, error %v", m.end, m.last.Received, m.last.Sent, m.last.Err)
	}
}
