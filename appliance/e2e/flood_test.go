// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// besieged returns a site whose plaintext listener has short timeouts, and
// other clients of all protocols, who must not notice an attack.
func besieged(t *testing.T, settings string) (*site, *load) {
	t.Helper()
	s := newSite(t, gatewaytest.Start(t, nil))
	s.Put(t, "listener", "plain", `{"address":"`+s.plain+`"`+settings+`}`)
	l := s.load(t)
	l.flows(t)
	return s, l
}

// survived holds that the other clients are and were served.
func (l *load) survived(t *testing.T) {
	t.Helper()
	l.flows(t)
	l.stop()
	l.check(t)
}

// S2-08: a client that opens streams only to reset them is told to calm down
// and cut off (CVE-2023-44487; RFC 9113, section 10.5).
func TestFloodOfResets(t *testing.T) {
	s, l := besieged(t, "")
	w := dialWire(t, s.plain)
	get, ended := w.get("/reset"), w.watch()
	const most, batch = 500, 100
	n, e, over := repeat(ended, most, func(i int) error {
		for k := range batch {
			id := uint32(2*(i*batch+k) + 1)
			_ = w.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: get, EndStream: true, EndHeaders: true}) // into a buffer
			_ = w.framer.WriteRSTStream(id, http2.ErrCodeCancel)
		}
		return w.flush()
	})
	if !over { // all of it may be on its way still
		e = await(t, ended)
	}
	l.survived(t)
	t.Logf("after %d streams: %v", n*batch, e)
	if !e.goaway || e.code != http2.ErrCodeEnhanceYourCalm {
		t.Errorf("the connection ended by %v, want GOAWAY ENHANCE_YOUR_CALM", e)
	}
}

// A field block that never ends is not read on for long, however small its
// frames are (CVE-2024-27316 and others; RFC 9113, section 10.5.1).
func TestFloodOfContinuations(t *testing.T) {
	for _, c := range []struct {
		name   string
		frame  string
		frames int
	}{
		{"large frames", "\x00\x01a\x7f\xf8\x7e" + strings.Repeat("v", 16375), 32}, // one field each, not indexed
		{"small frames", "\x82", 100_000},                                          // :method GET, once more
		{"empty frames", "", 100_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, l := besieged(t, `,"header_timeout":"10m"`) // which is not to be what ends it
			w := dialWire(t, s.plain)
			ended := w.watch()
			_ = w.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: w.get("/"), EndStream: true}) // into a buffer
			for range c.frames {
				_ = w.framer.WriteContinuation(1, false, []byte(c.frame))
			}
			size := w.out.Len()
			if err := w.flush(); err != nil {
				t.Logf("not all was taken: %v", err)
			}
			e := await(t, ended)
			t.Logf("%d KiB at most: %v", size>>10, e)
			l.survived(t)
		})
	}
}

// A client that makes the gateway answer frames and never reads what it
// answers is cut off before that fills memory.
func TestFloodOfControlFrames(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func(f *http2.Framer) error
	}{
		{"SETTINGS", func(f *http2.Framer) error { return f.WriteSettings() }},
		{"PING", func(f *http2.Framer) error { return f.WritePing(false, [8]byte{}) }},
		{"DATA of no stream", func(f *http2.Framer) error { return f.WriteData(1, false, nil) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, l := besieged(t, `,"stall_timeout":"2s"`)
			w := dialWire(t, s.plain)
			_ = w.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: w.get("/"), EndStream: true, EndHeaders: true}) // into a buffer
			const most, batch = 2000, 1000
			n := 0
			var err error
			for ; err == nil; n++ {
				for range batch {
					must(t, c.write(w.framer))
				}
				if err = w.flush(); n > most { // enough: it may be on its way still, but not for ever
					time.Sleep(100 * time.Millisecond)
				}
			}
			l.survived(t)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("the connection stayed open after %d frames", n*batch)
			}
			t.Logf("after %d frames: %v", n*batch, err)
		})
	}
}

// Heads that come a byte at a time end with header_timeout, however many of
// them there are (slowloris), and with 408 where the protocol has it.
func TestFloodOfSlowHeads(t *testing.T) {
	const heads = 100
	s, l := besieged(t, `,"header_timeout":"2s"`)
	var dribbling sync.WaitGroup
	failures := make(chan string, heads)
	for i := range heads {
		conn := dialSmall(t, s.plain)
		want := 0
		if i%2 == 1 { // a good request first
			_, err := conn.Write([]byte("GET /first HTTP/1.1\r\nHost: localhost\r\n\r\n"))
			must(t, err)
			want = 1
		}
		dribbling.Go(func() { // stops when the gateway has closed
			head := "GET /slow HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + strings.Repeat("s", 4000)
			for k := range head {
				if _, err := conn.Write([]byte(head[k : k+1])); err != nil {
					return
				}
				time.Sleep(50 * time.Millisecond) // that is the attack
			}
		})
		dribbling.Go(func() {
			answers, err := readAll(conn)
			switch {
			case errors.Is(err, os.ErrDeadlineExceeded):
				failures <- "the connection stayed open"
			case strings.Count(answers, "HTTP/1.1 200 ") != want || strings.Count(answers, "HTTP/1.1 408 ") != 1:
				failures <- fmt.Sprintf("answers %q, %v; want %d good ones and 408", answers, err, want)
			}
		})
	}
	dribbling.Wait()
	close(failures)
	n := 0
	for f := range failures {
		if n++; n == 1 {
			t.Error(f)
		}
	}
	if n > 0 {
		t.Errorf("%d of %d connections", n, heads)
	}
	l.survived(t)
}

// The same over HTTP/2, in all places where a head can be slow.
func TestFloodOfSlowHeadsOverHTTP2(t *testing.T) {
	for _, c := range []struct {
		name  string
		begin func(t *testing.T, address string) *wire
		one   func(w *wire) error // a byte or a frame more
	}{
		{
			"preface", func(t *testing.T, address string) *wire {
				w := &wire{Conn: dialSmall(t, address)}
				w.framer = http2.NewFramer(&w.out, w.Conn)
				return w
			},
			nil,
		},
		{
			"field block", func(t *testing.T, address string) *wire {
				w := dialWire(t, address)
				must(t, w.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: w.get("/")}))
				return w
			},
			func(w *wire) error {
				_ = w.framer.WriteContinuation(1, false, []byte{0x82}) // into a buffer
				return w.flush()
			},
		},
		{
			"frame", func(t *testing.T, address string) *wire {
				w := dialWire(t, address)
				w.out.Write([]byte{0, 0x10, 0, 1, 4, 0, 0, 0, 1}) // of 4 KiB
				return w
			},
			func(w *wire) error {
				w.out.WriteByte(0x82)
				return w.flush()
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, l := besieged(t, `,"header_timeout":"2s"`)
			w := c.begin(t, s.plain)
			ended := w.watch()
			must(t, w.flush())
			begin := time.Now()
			_, e, over := repeat(ended, 600, func(i int) error {
				if c.one == nil {
					if i < 20 {
						w.out.WriteByte(http2.ClientPreface[i])
					}
				} else if err := c.one(w); err != nil {
					return err
				}
				time.Sleep(20 * time.Millisecond) // that is the attack
				return w.flush()
			})
			if !over {
				t.Fatal("the connection stayed open")
			}
			t.Logf("after %v: %v", time.Since(begin), e)
			if !e.closed() {
				t.Errorf("the connection stayed open: %v", e)
			}
			l.survived(t)
		})
	}
}
