// SPDX-License-Identifier: Apache-2.0

package sock_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

func never() sock.Instant { return 0 }

func TestSplice(t *testing.T) {
	src, from := pair(t)
	dst, to := pair(t)
	data := make([]byte, 5<<20+1)
	_, _ = rand.Read(data)
	for _, n := range []int64{int64(len(data)), -1} { // -1 closes the source: it comes last
		var both sync.WaitGroup
		var got []byte
		both.Go(func() {
			if _, err := from.Write(data); err != nil {
				t.Error(err)
			}
			if n < 0 {
				from.Close()
			}
		})
		both.Go(func() { got, _ = io.ReadAll(io.LimitReader(to, int64(len(data)))) })
		moved, read, wrote := sock.Splice(dst, src, n, never, never)
		both.Wait()
		if moved != int64(len(data)) || read != nil || wrote != nil || !bytes.Equal(got, data) {
			t.Errorf("%d: moved %d, arrived %d, %v, %v", n, moved, len(got), read, wrote)
		}
	}
}

func TestSpliceFails(t *testing.T) {
	soon := func() sock.Instant { return sock.Now() + sock.Instant(20*time.Millisecond) }
	for name, test := range map[string]struct {
		source func(io.WriteCloser)
		dst    func(io.ReadCloser)
		n      int64
		read   error
		write  bool
		moved  int64
	}{
		"short source":  {func(w io.WriteCloser) { _, _ = io.WriteString(w, "123"); w.Close() }, nil, 5, io.ErrUnexpectedEOF, false, 3},
		"silent source": {func(w io.WriteCloser) { _, _ = io.WriteString(w, "123") }, nil, 5, os.ErrDeadlineExceeded, false, 3},
		"stuck reader":  {func(w io.WriteCloser) { _, _ = w.Write(make([]byte, 64<<20)) }, nil, 64 << 20, nil, true, -1},
	} {
		t.Run(name, func(t *testing.T) {
			src, from := pair(t)
			dst, _ := pair(t)
			var writing sync.WaitGroup
			writing.Go(func() { test.source(from) })
			readBy := soon
			if test.write {
				readBy = never
			}
			moved, read, write := sock.Splice(dst, src, test.n, readBy, soon)
			src.Close()
			from.Close()
			writing.Wait()
			if !errors.Is(read, test.read) || (write != nil) != test.write || test.moved >= 0 && moved != test.moved {
				t.Errorf("moved %d, %v, %v", moved, read, write)
			}
		})
	}
}
