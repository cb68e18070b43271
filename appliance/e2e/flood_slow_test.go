// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// A source is a target that sends large bodies and knows what became of them.
type source struct {
	address string
	written atomic.Int64
	begun   atomic.Int64
	whole   atomic.Int64
	sending sync.WaitGroup
}

// newSource starts a target. /big/N is answered with N bytes, everything else
// with an echo.
func newSource(t *testing.T) *source {
	s := &source{}
	piece := make([]byte, 32<<10)
	s.address = testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
		size, ok := strings.CutPrefix(r.URL.Path, "/big/")
		if !ok {
			testkit.EchoHTTP(w, r)
			return
		}
		left, _ := strconv.Atoi(size)
		w.Header().Set("Content-Length", size)
		s.sending.Add(1)
		defer s.sending.Done()
		s.begun.Add(1)
		for left > 0 {
			n, err := w.Write(piece[:min(left, len(piece))])
			s.written.Add(int64(n))
			if left -= n; err != nil {
				return
			}
		}
		s.whole.Add(1)
	})
	return s
}

// rests waits until n bodies have begun and no more of them is sent.
func (s *source) rests(t *testing.T, n int) {
	t.Helper()
	before := int64(-1)
	for same, deadline := 0, time.Now().Add(patience); same < 20; time.Sleep(25 * time.Millisecond) {
		now := s.written.Load()
		if same++; now != before || s.begun.Load() < int64(n) {
			same = 0
		}
		if before = now; time.Now().After(deadline) {
			t.Fatalf("%d of %d bodies have begun, %d bytes were sent, and it goes on", s.begun.Load(), n, now)
		}
	}
}

// ended waits until no body is being sent.
func (s *source) ended(t *testing.T) {
	t.Helper()
	ended := make(chan struct{})
	go func() {
		s.sending.Wait()
		close(ended)
	}()
	within(t, "the end of all bodies", ended)
}

// Ways to ask for a body and not to take it.
var slowReaders = []struct {
	name string
	open func(t *testing.T, address, path string, n int) []slow
}{
	{"HTTP/1.1 connections that nobody reads", slowConnections},
	{"HTTP/2 streams that nobody reads", func(t *testing.T, address, path string, n int) []slow {
		return slowStreams(t, address, path, n, 1<<30, false)
	}},
	{"HTTP/2 streams without window updates", func(t *testing.T, address, path string, n int) []slow {
		return slowStreams(t, address, path, n, 65535, true)
	}},
	{"HTTP/2 streams with zero windows", func(t *testing.T, address, path string, n int) []slow {
		return slowStreams(t, address, path, n, 0, true)
	}},
}

// A slow is one connection of slow readers.
type slow struct {
	close func()
	// taken returns what has come of the bodies once the connection is cut
	// or all of its streams are, or an error if that does not happen.
	taken func() (whole int, err error)
}

func slowConnections(t *testing.T, address, path string, n int) []slow {
	all := make([]slow, n)
	for i := range all {
		conn := dialSmall(t, address)
		_, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path)
		must(t, err)
		all[i] = slow{close: func() { conn.Close() }, taken: func() (int, error) {
			got, err := readAll(conn)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return 0, err
			}
			_, body, _ := strings.Cut(got, "\r\n\r\n")
			if size, _ := strconv.Atoi(path[strings.LastIndexByte(path, '/')+1:]); len(body) >= size {
				return 1, nil
			}
			return 0, nil
		}}
	}
	return all
}

// slowStreams asks on streams of one connection.
func slowStreams(t *testing.T, address, path string, n int, window uint32, read bool) []slow {
	w := dialWire(t, address, http2.Setting{ID: http2.SettingInitialWindowSize, Val: window})
	_ = w.framer.WriteWindowUpdate(0, 1<<30) // into a buffer
	for i := range n {
		_ = w.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*i + 1), BlockFragment: w.get(path), EndStream: true, EndHeaders: true})
	}
	must(t, w.flush())
	type result struct {
		whole int
		err   error
	}
	results := make(chan result, 1)
	watch := func() {
		whole, open := 0, n
		for open > 0 {
			f, err := w.framer.ReadFrame()
			if err != nil {
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					err = nil // cut
				}
				results <- result{whole, err}
				return
			}
			switch f := f.(type) {
			case *http2.RSTStreamFrame:
				open--
			case *http2.DataFrame:
				if f.StreamEnded() {
					whole++
					open--
				}
			}
		}
		results <- result{whole, nil}
	}
	if read {
		go watch()
	}
	return []slow{{close: func() { w.Close() }, taken: func() (int, error) {
		if !read {
			go watch()
		}
		r := <-results
		return r.whole, r.err
	}}}
}

// slowReaderCost returns what a slow reader may cost, in bytes of this process,
// which is the gateway, the target and the reader. Over HTTP/1.1 the target waits
// for the socket; over HTTP/2 it may have filled a stream's window, which others
// who share the connection must not wait for: where the reader speaks HTTP/1.1, a
// buffer of 128 KiB for writes comes in addition, and a part of what the windows
// of a target connection may grow by, since its socket took some MiB at once.
func slowReaderCost(reader, target string) int64 {
	switch {
	case target == "http":
		return 128 << 10
	case strings.HasPrefix(reader, "HTTP/1.1"):
		return 320 << 10
	}
	return 160 << 10
}

// A slow reader holds its own buffers and no more, whatever its body has.
func TestFloodOfSlowReadersHoldsLittle(t *testing.T) {
	const readers, path = 200, "/big/10485760"
	for _, protocol := range []string{"http", "h2c"} {
		for _, c := range slowReaders {
			t.Run(c.name+" from "+protocol, func(t *testing.T) {
				s, l := besieged(t, `,"stall_timeout":"1h"`) // they are to be there when they are counted
				l.stop()
				from := newSource(t)
				s.Put(t, "upstream", "web", upstream(from.address, protocol))
				warm := c.open(t, s.plain, path, 10)
				from.rests(t, 10)
				shut(warm)
				from.ended(t)
				before := memory()
				open := c.open(t, s.plain, path, readers)
				from.rests(t, readers+10)
				each := (memory() - before) / readers
				t.Logf("%d KiB each; %d KiB sent by the target", each>>10, from.written.Load()>>10/readers)
				if most := slowReaderCost(c.name, protocol); each > most {
					t.Errorf("a slow reader costs %d bytes, want at most %d", each, most)
				}
				shut(open)
				from.ended(t)
			})
		}
	}
}

func shut(all []slow) {
	for _, c := range all {
		c.close()
	}
}

// memory returns what is in use after a collection, in bytes.
func memory() int64 {
	var m runtime.MemStats
	heap, _ := settled()
	runtime.ReadMemStats(&m)
	return int64(heap + m.StackInuse)
}

// Slow readers are cut off by stall_timeout, their answers never look whole,
// and those who share the connections to the target do not wait for them.
func TestFloodOfSlowReadersIsCut(t *testing.T) {
	const readers, path = 50, "/big/67108864" // more than the buffers of all sockets
	for i, c := range slowReaders {
		for k, protocol := range []string{"http", "h2c"} {
			if i%2 != k {
				continue // every way and every protocol once or twice is enough
			}
			t.Run(c.name+" from "+protocol, func(t *testing.T) {
				s, l := besieged(t, `,"stall_timeout":"2s"`)
				from := newSource(t)
				s.Put(t, "upstream", "web", upstream(from.address, protocol))
				l.flows(t)
				open := c.open(t, s.plain, path, readers)
				for range 5 {
					l.flows(t)
				}
				from.ended(t)
				for _, o := range open {
					whole, err := o.taken()
					if err != nil {
						t.Fatalf("not cut off: %v", err)
					}
					if whole > 0 {
						t.Fatalf("%d bodies look whole", whole)
					}
				}
				if n := from.whole.Load(); n > 0 {
					t.Errorf("%d bodies were sent to their end", n)
				}
				l.survived(t)
			})
		}
	}
}
