// SPDX-License-Identifier: Apache-2.0

package sock_test

import (
	"crypto/tls"
	"errors"
	"io"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// hungUp waits until the connection is told to have ended.
func hungUp(t *testing.T, c *sock.Conn) error {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if err := c.HungUp(); err != nil {
			return err
		}
	}
	t.Fatal("the end is not found")
	return nil
}

// The end of the peer's side is found behind bytes that nobody has read.
func TestHungUp(t *testing.T) {
	c, peer := pair(t)
	write(t, peer, "unread")
	for !c.Pending() { // until it has arrived
	}
	if err := c.HungUp(); err != nil {
		t.Errorf("while the peer is there: %v", err)
	}
	_ = peer.CloseWrite()
	want := io.EOF
	if runtime.GOOS != "linux" {
		_, _ = c.Read(make([]byte, 10))
	}
	if err := hungUp(t, c); !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}

	c, peer = pair(t)
	_ = peer.SetLinger(0)
	peer.Close()
	if err := hungUp(t, c); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after a reset: %v", err)
	}
	c.Close()
	if c.HungUp() == nil {
		t.Error("a closed connection is alive")
	}
}

// TLS goes on after its reading was interrupted.
func TestInterruptUnderTLS(t *testing.T) {
	c, peer := pair(t)
	authority := testkit.NewAuthority(t)
	certificate, _, _ := authority.Issue(t, "127.0.0.1")
	ours := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{certificate}})
	theirs := tls.Client(peer, &tls.Config{RootCAs: authority.Pool(), ServerName: "127.0.0.1"})
	shaken := make(chan error, 1)
	go func() { shaken <- theirs.Handshake() }()
	if err := errors.Join(ours.Handshake(), <-shaken); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 10)
	c.Interrupt()
	if _, err := ours.Read(p); !errors.Is(err, sock.ErrInterrupted) {
		t.Errorf("got %v", err)
	}
	c.Resume()
	write(t, theirs, "hello")
	if n, err := ours.Read(p); err != nil || string(p[:n]) != "hello" {
		t.Errorf("after Resume: %q, %v", p[:n], err)
	}
}
