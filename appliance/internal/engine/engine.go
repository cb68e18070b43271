// SPDX-License-Identifier: Apache-2.0

// Package engine turns bytes into exchanges and back: a [Server] accepts
// connections and calls a [message.Handler] for every request, a [Transport]
// sends requests to one target. One port speaks HTTP/1.1, HTTP/2 (by prior
// knowledge or ALPN) and upgraded protocols such as WebSocket.
//
// This engine adapts net/http. What the wire had and net/http does not show is
// lost, and handlers must not count on it:
//
//   - the order of fields with different names (they come sorted by name) and,
//     in HTTP/1.1, how a name was spelled;
//   - request trailers that an HTTP/2 client did not announce in Trailer, and
//     trailers in HTTP/1.1 after a body with a Content-Length;
//   - a request whose target net/url refuses is answered 400 before any
//     handler sees it, and one with the method CONNECT 501;
//   - Content-Length, Transfer-Encoding and Trailer of a message are made from
//     its ContentLength and Trailer; the header's own are not written; a 304
//     is written without Content-Length;
//   - an HTTP/1.1 client that half-closes its side counts as gone, and one
//     that goes away while its body is not being read is noticed late;
//   - Stream.Reset takes effect when the handler returns, and so does the end
//     of a response; a reset HTTP/2 stream carries INTERNAL_ERROR;
//   - a request to an HTTP/1.1 target that fails, or is canceled, while the
//     client is silent in the middle of its body returns only when the client
//     sends or goes away;
//   - a path that begins with "//" and has bytes which no URL may have reaches
//     the target with those bytes encoded;
//   - an upgraded connection to a target has no half-close of its own but the
//     one of the connection under it.
//
// Trailers: the Trailer of a message names those fields that were announced,
// with empty values, until the body has been read to its end.
package engine
