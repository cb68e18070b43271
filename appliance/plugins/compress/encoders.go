// SPDX-License-Identifier: Apache-2.0

package compress

import (
	"bytes"
	"fmt"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// window is the size of what encoders look back at, in bits: 256 KiB, where
// larger ones gain little and cost memory for every response in flight.
// Browsers need no more than 8 MiB to be decodable (RFC 9659).
const window = 18

// An encoder is what the three codings' writers have in common.
type encoder interface {
	io.WriteCloser
	Flush() error
	Reset(io.Writer)
}

// A worker is an encoder and the memory that it works with.
type worker struct {
	encoder
	in  [blockSize]byte
	out bytes.Buffer // encoded and not yet read
}

// A pool keeps idle workers of one coding and level: they are large, so they
// are used again, and shared by all runtimes.
type pool struct{ idle sync.Pool }

// Close lets go of nothing: what is idle belongs to the garbage collector.
func (p *pool) Close() error { return nil }

func (p *pool) get() *worker { return p.idle.Get().(*worker) }

// put takes a worker back at any point of its work.
func (p *pool) put(w *worker) {
	w.out.Reset()
	w.Reset(&w.out)
	p.idle.Put(w)
}

func sharedPool(shared *plugin.Shared, coding string, level int) (*pool, func() error, error) {
	return plugin.Share(shared, fmt.Sprintf("compress/%s/%d", coding, level), func() (*pool, error) {
		if _, err := newEncoder(coding, level); err != nil {
			return nil, fmt.Errorf("%s at level %d: %w", coding, level, err)
		}
		p := new(pool)
		p.idle.New = func() any {
			w := new(worker)
			w.encoder, _ = newEncoder(coding, level) // as it did above
			w.Reset(&w.out)
			return w
		}
		return p, nil
	})
}

// newEncoder returns an encoder that works on its caller's goroutine only.
func newEncoder(coding string, level int) (encoder, error) {
	switch coding {
	case "gzip":
		return gzip.NewWriterLevel(io.Discard, level)
	case "br":
		return brotli.NewWriterOptions(io.Discard, brotli.WriterOptions{Quality: level, LGWin: window}), nil
	case "zstd":
		return zstd.NewWriter(io.Discard, zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(level)), zstd.WithWindowSize(1<<window),
			zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithZeroFrames(true))
	}
	return nil, fmt.Errorf("no coding is called %q", coding)
}
