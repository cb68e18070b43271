// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/hpack"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// A role is what a connection does as a server or as a client. The reader
// calls its methods, which must not wait for anything. They are called without
// locks; what they append is flushed when the reader has handled all that it
// read: they pass on its [outgoing].
//
// An error that is a *streamError resets the stream, any other ends the
// connection (a *connError with GOAWAY).
type role interface {
	// open is called for HEADERS whose stream is not open. It returns the new
	// stream, added with conn.add, or a nil stream: the block is then decoded for
	// the sake of the compression's state alone. A client has no streams that its
	// peer opens: it returns a connError.
	open(id uint32) (*stream, error)

	// headers takes a complete field section: of a request, of a response, or
	// trailers. b is only valid during the call; its strings can be kept. If end,
	// nothing follows on the stream; the role ends s.in (conn.finish).
	headers(s *stream, b *hpack.Section, end bool, o *outgoing) error

	// ended tells that s is over before its proper end: the peer reset it (a
	// streamError that is remote), we did, or the connection ended. s.in and s.out
	// fail already. It is called once a stream at most.
	ended(s *stream, err error)

	// settings tells that the peer's settings have come; first says whether
	// it is the first time.
	settings(first bool)

	// goAway takes the peer's GOAWAY. last is the highest stream it acted on.
	goAway(last uint32, code http2.ErrCode)

	// pong takes the answer to a PING (conn.ping).
	pong(data [8]byte)

	// tick looks after timeouts. It is called before the reader waits, and when
	// the time has come that it returned: the instant of the next call at the
	// latest, 0 for never. An error ends the connection.
	tick(now sock.Instant, o *outgoing) (sock.Instant, error)

	// count is called for every frame before it is handled: an error ends the
	// connection of a peer that floods us.
	count(f frame) error

	// broke is called for every open stream that the peer resets or breaks.
	broke() error
}

// faulty says what is malformed in the names or values of a section, "" if
// nothing is.
func faulty(b *hpack.Section) string {
	switch {
	case b.Flags&hpack.BadName != 0:
		return "the name of a field"
	case b.Flags&hpack.BadValue != 0:
		for i := range b.Fields {
			if b.Fields[i].Flags&hpack.BadValue != 0 {
				return "the value of " + b.Fields[i].Name
			}
		}
	}
	return ""
}
