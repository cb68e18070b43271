// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"context"
	"crypto/tls"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// The end of TLS 1.2 takes no byte with it that came just before.
func TestTunnelLastByte(t *testing.T) {
	got := make(chan string, 1)
	g := start(t, session.Options{}, func(_ context.Context, _ *message.Request, s message.Stream) {
		tunnel, err := s.Upgrade(switched())
		if err != nil {
			t.Error(err)
			return
		}
		var all strings.Builder
		if _, err := io.Copy(&all, tunnel); err != nil {
			t.Error(err)
		}
		got <- all.String()
		_ = tunnel.Close()
	}).secure()
	g.tls.MaxVersion = tls.VersionTLS12
	c := g.dial().say(upgrade)
	c.hear("GET")
	cork := func(on int) {
		raw, err := c.tcp.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		_ = raw.Control(func(fd uintptr) {
			if err := syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_CORK, on); err != nil {
				t.Error(err)
			}
		})
	}
	cork(1)
	c.say("x")
	_ = c.Conn.(*tls.Conn).CloseWrite()
	cork(0)
	if got := within(t, "the tunnel ends", got); got != "x" {
		t.Errorf("%q", got)
	}
}
