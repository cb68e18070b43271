// SPDX-License-Identifier: Apache-2.0

// Package engine turns bytes into exchanges and back: a [Server] accepts
// connections and calls a [message.Handler] for every request, a [Transport]
// sends requests to one target. One port speaks HTTP/1.1, HTTP/2 (by prior
// knowledge or ALPN) and upgraded protocols such as WebSocket.
//
// The parts, each a package of its own:
//
//	sock          TCP sockets without needless system calls, splice
//	life          the context of exchanges, which ends when a client goes away
//	session       what the connections of a listener share, whatever they speak
//	http1/syntax  messages of HTTP/1.1: parsing, writing, chunks
//	http1/server  the client's side of HTTP/1.1
//	http1/client  the target's side of HTTP/1.1
//	http2         both sides of HTTP/2, and frames passed on between them
//	hpack         the compression of HTTP/2's field sections
//	tunnel        what is passed on after an upgrade, from either side
//
// This package opens what they run on: sockets, TLS, and the choice of the
// protocol. What a message looks like is passed on as it came: order and
// spelling of fields, trailers, framing by length or by chunks. What is
// refused, and how, is in docs/http.md.
package engine
