// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"sync/atomic"
	"syscall"
	"testing"

	xhttp2 "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// BenchmarkGatewayUnary has unary calls of gRPC go from clients through a
// gateway of this package to a target. Clients and target only count frames, so
// that nearly all of the allocations, and most of the CPU time, are the
// gateway's.
func BenchmarkGatewayUnary(b *testing.B) {
	for _, load := range []struct {
		name           string
		conns, streams int
	}{{"10x10", 10, 10}, {"100x1", 100, 1}} {
		b.Run(load.name, func(b *testing.B) {
			g := between(b, &listening{address: countingTarget(b)})
			var left atomic.Int64
			left.Store(1000)
			run := func() {
				ended := make(chan error, load.conns)
				for range load.conns {
					go func() { ended <- countingClient(g.address, load.streams, &left) }()
				}
				for range load.conns {
					if err := <-ended; err != nil {
						b.Error(err)
					}
				}
			}
			run() // connections to the target are made, and pools filled
			left.Store(int64(b.N))
			b.ReportAllocs()
			b.ResetTimer()
			before := cpuTime()
			run()
			b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

func cpuTime() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it does not fail
	return u.Utime.Nano() + u.Stime.Nano()
}

// A section is a field section as it is at first, and as it is when the tables
// know its fields.
type section struct{ first, next []byte }

func sections(lists ...[]string) []section {
	var out bytes.Buffer
	e := hpack.NewEncoder(&out)
	all := make([]section, len(lists))
	for _, last := range []bool{false, true} {
		for i, list := range lists {
			for f := 0; f < len(list); f += 2 {
				_ = e.WriteField(hpack.HeaderField{Name: list[f], Value: list[f+1]}) // a buffer takes it
			}
			if last {
				all[i].next = bytes.Clone(out.Bytes())
			} else {
				all[i].first = bytes.Clone(out.Bytes())
			}
			out.Reset()
		}
	}
	return all
}

func appendRaw(b []byte, kind xhttp2.FrameType, flags xhttp2.Flags, id uint32, payload []byte) []byte {
	b = append(b, byte(len(payload)>>16), byte(len(payload)>>8), byte(len(payload)), byte(kind), byte(flags))
	return append(binary.BigEndian.AppendUint32(b, id), payload...)
}

// greeting is SETTINGS and WINDOW_UPDATE with which no window ever matters.
func greeting() []byte {
	settings := binary.BigEndian.AppendUint32([]byte{0, byte(xhttp2.SettingInitialWindowSize)}, 1<<31-1)
	settings = binary.BigEndian.AppendUint32(append(settings, 0, byte(xhttp2.SettingMaxConcurrentStreams)), 1000)
	b := appendRaw(nil, xhttp2.FrameSettings, 0, 0, settings)
	return appendRaw(b, xhttp2.FrameWindowUpdate, 0, 0, binary.BigEndian.AppendUint32(nil, 1<<31-1-65535))
}

// eachEnd calls f for the streams that end in what comes, then flush once for
// all that was read, until reading fails or flush says that it is over.
func eachEnd(c net.Conn, skip int, f func(id uint32), flush func() bool) error {
	var buf [64 << 10]byte
	w := 0
	for {
		n, err := c.Read(buf[w:])
		if err != nil {
			return err
		}
		w += n
		r := min(w, skip)
		skip -= r
		for w-r >= 9 {
			length := int(buf[r])<<16 | int(buf[r+1])<<8 | int(buf[r+2])
			if w-r < 9+length {
				break
			}
			kind := xhttp2.FrameType(buf[r+3])
			if id := binary.BigEndian.Uint32(buf[r+5:]); buf[r+4]&1 != 0 && (kind == xhttp2.FrameData || kind == xhttp2.FrameHeaders) {
				f(id)
			}
			r += 9 + length
		}
		w = copy(buf[:], buf[r:w])
		if !flush() {
			return nil
		}
	}
}

// countingTarget answers calls of which it reads nothing but where they end.
func countingTarget(b testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				s := sections([]string{":status", "200", "content-type", "application/grpc"}, []string{"grpc-status", "0", "grpc-message", ""})
				head, trailer := s[0].first, s[1].first
				out := greeting()
				_ = eachEnd(c, len(xhttp2.ClientPreface), func(id uint32) {
					out = appendRaw(out, xhttp2.FrameHeaders, xhttp2.FlagHeadersEndHeaders, id, head)
					out = appendRaw(out, xhttp2.FrameData, 0, id, []byte("\x00\x00\x00\x00\x0anothing123"))
					out = appendRaw(out, xhttp2.FrameHeaders, xhttp2.FlagHeadersEndHeaders|xhttp2.FlagHeadersEndStream, id, trailer)
					head, trailer = s[0].next, s[1].next
				}, func() bool {
					_, err := c.Write(out)
					out = out[:0]
					return err == nil
				})
			}()
		}
	}()
	return l.Addr().String()
}

// countingClient makes calls, a number of them at a time, until there are none
// left.
func countingClient(address string, streams int, left *atomic.Int64) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	s := sections([]string{
		":method", "POST", ":scheme", "http", ":path", "/bench.Echo/Unary", ":authority", "bench.test",
		"content-type", "application/grpc", "user-agent", "grpc-go/1.70.0", "te", "trailers",
	})
	out := append([]byte(xhttp2.ClientPreface), greeting()...)
	id, open := uint32(1), 0
	call := func() {
		if left.Add(-1) < 0 {
			return
		}
		head := s[0].next
		if id == 1 {
			head = s[0].first
		}
		out = appendRaw(out, xhttp2.FrameHeaders, xhttp2.FlagHeadersEndHeaders, id, head)
		out = appendRaw(out, xhttp2.FrameData, xhttp2.FlagDataEndStream, id, []byte("\x00\x00\x00\x00\x0anothing123"))
		id += 2
		open++
	}
	for range streams {
		call()
	}
	if open == 0 {
		return nil
	}
	if _, err := c.Write(out); err != nil {
		return err
	}
	out = out[:0]
	return eachEnd(c, 0, func(uint32) { open--; call() }, func() bool {
		if len(out) > 0 {
			_, err := c.Write(out)
			out = out[:0]
			return err == nil && open > 0
		}
		return open > 0
	})
}
