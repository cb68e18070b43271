// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"crypto/sha1" //nolint:gosec // RFC 6455 demands it; it protects nothing
	"encoding/base64"
	"net/http"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// switched makes the success of an extended CONNECT the 101 that an HTTP/1.1
// target would have answered (RFC 8441, section 5).
func (x *call) switched(r *message.Response) {
	r.Status, r.ContentLength = http.StatusSwitchingProtocols, 0
	r.Header.Del("content-length")
	r.Header.Add("connection", "Upgrade")
	r.Header.Add("upgrade", x.upgrade)
	if x.key != "" && !r.Header.Has("sec-websocket-accept") {
		r.Header.Add("sec-websocket-accept", accept(x.key))
	}
}

// accept answers a Sec-WebSocket-Key (RFC 6455, section 4.2.2).
func accept(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// A targetTunnel is the stream of an extended CONNECT.
type targetTunnel struct{ x *call }

// Read implements io.Reader.
func (t *targetTunnel) Read(p []byte) (int, error) { return t.x.Read(p) }

// Write implements io.Writer. It waits until the target takes all of it.
func (t *targetTunnel) Write(p []byte) (int, error) {
	var o outgoing
	err := t.x.s.write(p, &o)
	o.flush(true)
	if err != nil {
		return 0, t.x.fault(err)
	}
	return len(p), nil
}

// CloseWrite tells the target that nothing more comes.
func (t *targetTunnel) CloseWrite() error {
	var o outgoing
	c := t.x.p.c
	c.mu.Lock()
	err := t.x.s.out.err
	t.x.s.finish(nil)
	c.unlock(&o)
	o.flush(true)
	return err
}

// Close ends the tunnel: in order if the target has ended its side, or else with
// a reset.
func (t *targetTunnel) Close() error {
	if t.x.s.in.closed.Load() {
		_ = t.CloseWrite() // the stream has ended if it fails
	}
	t.x.finish()
	return nil
}
