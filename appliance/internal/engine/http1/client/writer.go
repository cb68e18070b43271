// SPDX-License-Identifier: Apache-2.0

package client

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// tlsPart is how much is written to TLS at once: it does not tell how much of
// a write has gone out when time is up.
const tlsPart = 32 << 10

// A writer writes to a connection. Time is up when the target has not taken a
// byte for the stall timeout, or when the exchange must be over.
type writer struct {
	socket *sock.Conn
	stream io.Writer
	plain  bool // stream is socket
	stall  time.Duration
	over   sock.Instant
}

func (c *conn) writer() writer {
	return writer{c.socket, c.stream, c.plain, c.client.options.StallTimeout, c.watch.by}
}

// by returns when a write that begins now must have made progress.
func (w *writer) by() sock.Instant { return sock.Now().After(w.stall).Earlier(w.over) }

// write writes all of p.
func (w *writer) write(p []byte) (sent int, err error) {
	for sent < len(p) {
		part := p[sent:]
		if !w.plain {
			part = part[:min(len(part), tlsPart)]
		}
		w.socket.WriteBy(w.by())
		n, err := w.stream.Write(part)
		sent += n
		progress := n > 0 && w.plain && errors.Is(err, os.ErrDeadlineExceeded) && (w.over == 0 || w.over > sock.Now())
		if err != nil && !progress {
			return sent, err
		}
	}
	return sent, nil
}
