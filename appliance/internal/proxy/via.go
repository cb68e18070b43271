// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"net"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// via adds the gateway's name to the request's Via, if the listener has one,
// and sees to it that the response of a target gets it, too (RFC 9110, section
// 7.6.3).
func (x *exchange) via() {
	name := x.listener().Via(x.Request.Proto)
	if name == "" {
		return
	}
	appendVia(&x.Request.Header, name)
	x.stream = &viaStream{x.stream, x}
}

// appendVia makes a name the last of Via.
func appendVia(h *message.Header, name string) {
	if before := h.Joined("via"); before != "" {
		name = before + ", " + name
	}
	h.Set("via", name)
}

// A viaStream adds the gateway's name to responses of targets. The gateway's
// own answers come from here and have no Via.
type viaStream struct {
	message.Stream
	x *exchange
}

// Respond adds the name to a target's response.
func (s *viaStream) Respond(response *message.Response) (int64, error) {
	if s.x.Err == nil && s.x.Target != "" {
		appendVia(&response.Header, s.name())
	}
	return s.Stream.Respond(response)
}

// Upgrade adds the name to a target's 101.
func (s *viaStream) Upgrade(header *message.Header) (net.Conn, error) {
	appendVia(header, s.name())
	return s.Stream.Upgrade(header)
}

// name returns the name with the version of HTTP that the target answered in.
// That of a call of gRPC is known; anything else counts as HTTP/1.1.
func (s *viaStream) name() string {
	received := message.HTTP11
	if s.x.Request.IsGRPC() {
		received = message.HTTP2
	}
	return s.x.listener().Via(received)
}
