// SPDX-License-Identifier: Apache-2.0

package load

import (
	"fmt"
	"net"
	"strconv"
	"time"
)

// pieceSize is how much of a body is read or written at once, in bytes.
const pieceSize = 256 << 10

// Bodies are large bodies over HTTP/1.1, one after the other on each
// connection. A loop of them counts bytes.
type Bodies struct {
	Connections int
	Size        int64 // of a body, in bytes
	Up          bool  // sent with POST instead of fetched with GET
	Path        string
}

// Loop keeps all connections busy with bodies.
func (q *Bodies) Loop(address string) *Loop {
	return start(q.Connections, func(l *Loop, w *worker) {
		for !l.stopped() {
			if err := q.connection(l, w, address); err != nil {
				w.fail(err)
				time.Sleep(pause)
			}
		}
	})
}

func (q *Bodies) connection(l *Loop, w *worker, address string) error {
	c, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return err
	}
	l.open(c)
	defer l.close(c)
	r := newReader(c, pieceSize)
	one := q.down
	if q.Up {
		one = q.up
	}
	for !l.stopped() {
		if err := one(c, r, address, func(n int) { w.done.Add(int64(n)) }); err != nil {
			return err
		}
	}
	return nil
}

func (q *Bodies) down(c net.Conn, r *reader, address string, progress func(int)) error {
	if _, err := c.Write(Get(address, q.Path)); err != nil {
		return fmt.Errorf("send a request: %w", err)
	}
	status, size, err := r.response(progress)
	if err != nil {
		return err
	}
	if status != 200 || size != q.Size {
		return fmt.Errorf("the response has status %d and %d bytes, not 200 and %d", status, size, q.Size)
	}
	return nil
}

func (q *Bodies) up(c net.Conn, r *reader, address string, progress func(int)) error {
	if _, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench/1\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n",
		q.Path, address, q.Size); err != nil {
		return fmt.Errorf("send a request: %w", err)
	}
	piece := make([]byte, pieceSize)
	for left := q.Size; left > 0; {
		n, err := c.Write(piece[:min(left, pieceSize)])
		if err != nil {
			return fmt.Errorf("send a body: %w", err)
		}
		left -= int64(n)
		progress(n)
	}
	// The answer is the number of bytes that arrived.
	head, err := r.head()
	if err != nil {
		return err
	}
	status, size, err := parseHead(head)
	if err != nil {
		return err
	}
	arrived, err := r.text(int(size))
	if err != nil {
		return err
	}
	if want := strconv.FormatInt(q.Size, 10); status != 200 || arrived != want {
		return fmt.Errorf("an upload was answered with status %d and %q, not 200 and %q", status, arrived, want)
	}
	return nil
}
