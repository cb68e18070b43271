// SPDX-License-Identifier: Apache-2.0

package compress

import (
	"errors"
	"io"
)

// blockSize is how much is read from a body at once: as much as a large body
// has ready, so that it is rarely flushed.
const blockSize = 32 << 10

// A reader is a body, compressed while it is read.
//
// A body is pulled: the next read may wait for the upstream for long. So
// whenever the body gave less than it was asked for, there is nothing more
// right now, and what came is flushed through the encoder: an event or a chunk
// reaches the client although the response goes on. A large body fills its
// reads and is hardly ever flushed.
//
// Like the body it wraps, it is used by one goroutine at a time.
type reader struct {
	source io.ReadCloser
	left   int64 // bytes that the source still has, negative if that is unknown
	pool   *pool
	worker *worker // nil once it is given back
	err    error   // what the source ended with, io.EOF for its proper end
}

// newReader takes the body and its length, -1 if that is unknown.
func newReader(source io.ReadCloser, length int64, p *pool) *reader {
	return &reader{source: source, left: length, pool: p, worker: p.get()}
}

func (r *reader) Read(p []byte) (int, error) {
	if r.worker == nil {
		return 0, errClosed
	}
	for r.worker.out.Len() == 0 && len(p) > 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.encode()
	}
	return r.worker.out.Read(p)
}

var errClosed = errors.New("compress: the body is closed")

// encode reads once from the source and encodes what it got. What came before
// an error reaches the client before the error does.
func (r *reader) encode() {
	w := r.worker
	n, err := r.source.Read(w.in[:])
	r.left -= int64(n)
	_, werr := w.Write(w.in[:n])
	switch {
	case werr != nil:
	case err == io.EOF:
		werr = w.encoder.Close()
	case err != nil || n > 0 && n < blockSize && r.left != 0:
		werr = w.Flush()
	}
	if r.err = err; werr != nil {
		r.err = werr
	}
}

// Close closes the source and gives the encoder back, wherever they are.
func (r *reader) Close() error {
	if r.worker != nil {
		r.pool.put(r.worker)
		r.worker = nil
	}
	return r.source.Close()
}
