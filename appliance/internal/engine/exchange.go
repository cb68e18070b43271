// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// An exchange is one request and the client's side of it.
type exchange struct {
	server     *Server
	generation *generation
	w          http.ResponseWriter
	r          *http.Request
	peer       *peer
	last       bool // close the connection after the response
	stage      stage
	request    message.Request
	body       requestBody
}

// A stage says what became of an exchange's response.
type stage uint8

const (
	unanswered stage = iota
	responded
	upgraded
	broken // the client must not take what came for the whole
)

var _ message.Stream = (*exchange)(nil)

// ServeHTTP serves one request of a connection of the generation.
func (g *generation) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if refused := refusal(r); refused != 0 {
		w.Header().Set("Connection", "close")
		http.Error(w, http.StatusText(refused), refused)
		return
	}
	s := g.server
	s.counts.requests.Add(1)
	s.counts.exchanges.Add(1)
	defer s.counts.exchanges.Add(-1)

	x := &exchange{server: s, generation: g, w: w, r: r, last: g.retired.Load()}
	x.peer, _ = r.Context().Value(peerKey{}).(*peer)
	settings := s.settings.Load()
	x.readRequest(settings.ID)
	x.run(settings)
	x.body.stop()
	x.finish(settings.IdleTimeout)
	if x.stage == unanswered || x.stage == broken {
		x.abort()
	}
}

// refusal returns the status for a request that no handler can answer, or 0.
// Of what HTTP/2 could carry and HTTP/1.1 could not, net/http refuses little.
func refusal(r *http.Request) int {
	switch {
	case r.Method == "PRI": // HTTP/2's preface, with HTTP/2 off
		return http.StatusHTTPVersionNotSupported
	case r.Method == http.MethodConnect:
		return http.StatusNotImplemented
	case !isToken(r.Method), !httpguts.ValidHostHeader(r.Host), ambiguousHost(r):
		return http.StatusBadRequest
	case r.ProtoMajor == 2 && r.RequestURI != "*" && r.RequestURI[0] != '/':
		return http.StatusBadRequest // RFC 9113, section 8.3.1
	}
	return 0
}

// isToken holds RFC 9110, section 5.6.2, of which methods and names are.
func isToken(s string) bool { return httpguts.ValidHeaderFieldName(s) }

// ambiguousHost reports whether an HTTP/2 request has a Host field that
// contradicts its :authority (RFC 9113, section 8.3.1).
func ambiguousHost(r *http.Request) bool {
	for _, host := range r.Header["Host"] {
		if host != r.Host {
			return true
		}
	}
	return false
}

// run calls the handler. If it panics, the client gets an error or a reset.
func (x *exchange) run(settings *settings) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		x.server.counts.panics.Add(1)
		settings.log.Error("a handler panicked", "panic", fmt.Sprint(p), "method", x.r.Method,
			"host", x.r.Host, "path", x.request.Path, "stack", string(debug.Stack()))
		if x.stage != unanswered {
			x.stage = max(x.stage, broken)
			return
		}
		failure := message.Response{Status: http.StatusInternalServerError}
		if x.request.IsGRPC() {
			failure.Status = http.StatusOK
			failure.Header.Add("content-type", "application/grpc")
			failure.Header.Add("grpc-status", "13") // INTERNAL
			failure.Header.Add("grpc-message", "internal error of the gateway")
		}
		_, _ = x.Respond(&failure) // the client is gone if it fails
	}()
	settings.Handler.Serve(x.r.Context(), &x.request, x)
}

// Received implements [message.Stream].
func (x *exchange) Received() int64 { return x.body.read.Load() }

// Reset implements [message.Stream]. It takes effect when the handler returns.
func (x *exchange) Reset() { x.stage = broken }

// abort ends the exchange so that the client sees that it failed.
func (x *exchange) abort() {
	if x.r.ProtoMajor == 1 {
		// net/http would wait for the rest of the request first.
		_ = x.peer.conn.SetReadDeadline(time.Unix(1, 0)) // a closed connection needs none
		if x.r.ProtoMinor == 0 {
			// The end of the connection is the end of the body: only a TCP
			// reset says that it is not the whole.
			lingerless(x.peer.conn)
		}
	}
	panic(http.ErrAbortHandler)
}

func lingerless(conn net.Conn) {
	if wrapped, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = wrapped.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a closed connection needs none
	}
}
