// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"testing"

	"github.com/coder/websocket"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// S2-01..05: a WebSocket passes through Upgrade and Tunnel untouched, also to
// a target that would rather speak HTTP/2 over TLS.
func TestWebSocket(t *testing.T) {
	authority := testkit.NewAuthority(t)
	certificate, _, _ := authority.Issue(t, "127.0.0.1")
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	for _, protocol := range []engine.Protocol{engine.HTTP, engine.HTTPS} {
		t.Run(string(protocol), func(t *testing.T) {
			options := engine.TransportOptions{Protocol: protocol, MaxIdle: 10}
			serverTLS := (*tls.Config)(nil)
			if protocol == engine.HTTPS {
				serverTLS, options.TLS = config, &tls.Config{RootCAs: authority.Pool()}
			}
			p := &passthrough{target: transport(t, testkit.HTTP(t, serverTLS, testkit.EchoWebSocket), options)}
			server := listen(t, engine.Options{Handler: p, HTTP2: true})

			conn, response, err := websocket.Dial(timeout(t), url(server)+"/chat?room=1", &websocket.DialOptions{Subprotocols: []string{"echo"}})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.CloseNow()
			conn.SetReadLimit(-1)
			if response.StatusCode != http.StatusSwitchingProtocols || conn.Subprotocol() != "echo" {
				t.Errorf("status %d, subprotocol %q", response.StatusCode, conn.Subprotocol())
			}
			for _, size := range []int{0, 1, 125, 126, 70_000, 1 << 20} {
				message := bytes.Repeat([]byte{byte(size)}, size)
				if err := conn.Write(timeout(t), websocket.MessageBinary, message); err != nil {
					t.Fatal(err)
				}
				kind, got, err := conn.Read(timeout(t))
				if err != nil {
					t.Fatal(err)
				}
				if kind != websocket.MessageBinary || !bytes.Equal(got, message) {
					t.Errorf("%d bytes came back as %d", size, len(got))
				}
			}
			if n := server.Stats().Tunnels; n != 1 {
				t.Errorf("%d tunnels, want 1", n)
			}
			if err := conn.Close(websocket.StatusNormalClosure, "bye"); err != nil {
				t.Error(err)
			}
			eventually(t, "the tunnel ends", func() bool { return server.Stats().Tunnels == 0 && server.Stats().Exchanges == 0 })
		})
	}
}

// A shutdown waits for tunnels and closes them when its time is up.
func TestShutdownTunnels(t *testing.T) {
	server, _ := gateway(t, testkit.HTTP(t, nil, testkit.EchoWebSocket), engine.HTTP)
	conn, _, err := websocket.Dial(timeout(t), url(server), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Shutdown(ctx) }()
	if err := conn.Write(timeout(t), websocket.MessageText, []byte("still here")); err != nil {
		t.Fatal(err)
	}
	if _, got, err := conn.Read(timeout(t)); err != nil || string(got) != "still here" {
		t.Errorf("%q, %v", got, err)
	}
	cancel()
	if err := within(t, "shutdown", ended); !errors.Is(err, context.Canceled) {
		t.Errorf("shutdown: %v", err)
	}
	if _, _, err := conn.Read(timeout(t)); err == nil {
		t.Error("the tunnel outlived the shutdown")
	}
	eventually(t, "the tunnel is counted off", func() bool { return server.Stats().Tunnels == 0 && server.Stats().Exchanges == 0 })
}

// A target that speaks HTTP/2 only cannot be upgraded to.
func TestUpgradeNeedsHTTP1(t *testing.T) {
	server, p := gateway(t, testkit.HTTP(t, nil, testkit.EchoWebSocket), engine.H2C)
	_, response, err := websocket.Dial(timeout(t), url(server), nil)
	if err == nil {
		t.Fatal("the handshake succeeded")
	}
	if response == nil || response.StatusCode != http.StatusBadGateway {
		t.Errorf("response %v", response)
	}
	failed, _ := p.failed.Load().(error)
	var e *message.TransportError
	if !errors.As(failed, &e) || e.Phase != message.PhaseRequest || !errors.Is(failed, engine.ErrNoUpgrade) || e.Retryable() {
		t.Errorf("error %v", failed)
	}
}
