// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

const typical = "GET /api/items?page=2 HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"

// kilobyte is a response whose memory is used again and again.
type kilobyte struct {
	response message.Response
	body     strings.Reader
	text     string
}

func newKilobyte() *kilobyte {
	k := &kilobyte{text: strings.Repeat("x", 1024)}
	k.response.Header.Add("Content-Type", "text/plain")
	k.response.Header.Add("Date", "Mon, 23 Nov 2026 05:00:00 GMT")
	return k
}

func (k *kilobyte) Read(p []byte) (int, error) { return k.body.Read(p) }
func (k *kilobyte) Close() error               { return nil }

func (k *kilobyte) Serve(_ context.Context, _ *message.Request, s message.Stream) {
	k.body.Reset(k.text)
	k.response.Status, k.response.ContentLength, k.response.Body = 200, int64(len(k.text)), k
	_, _ = s.Respond(&k.response)
}

// BenchmarkGet is a GET on a kept connection that is answered with 1 KiB. The
// client is part of what is measured: a write and a read.
func BenchmarkGet(b *testing.B) {
	for name, secure := range map[string]bool{"plaintext": false, "TLS": true} {
		b.Run(name, func(b *testing.B) {
			o := session.Options{HeaderTimeout: time.Minute, IdleTimeout: time.Minute, StallTimeout: time.Minute}
			g := start(b, o, newKilobyte().Serve)
			if secure {
				g.secure()
			}
			c := g.dial()
			_ = c.Conn.SetDeadline(time.Time{})
			request, size := []byte(typical), answerSize(b, c.Conn)
			answer := make([]byte, size)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Conn.Write(request); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(c.Conn, answer); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// answerSize returns how long the answer to the request is.
func answerSize(t testing.TB, c net.Conn) int {
	t.Helper()
	if _, err := io.WriteString(c, typical); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 4096)
	n := 0
	for !strings.HasSuffix(string(p[:n]), strings.Repeat("x", 1024)) {
		m, err := c.Read(p[n:])
		if err != nil {
			t.Fatal(err)
		}
		n += m
	}
	return n
}

// A GET costs one allocation: the copy of its head.
func TestAllocations(t *testing.T) {
	g := start(t, session.Options{HeaderTimeout: time.Minute, IdleTimeout: time.Minute, StallTimeout: time.Minute}, newKilobyte().Serve)
	c := g.dial()
	request, answer := []byte(typical), make([]byte, answerSize(t, c.Conn))
	if n := testing.AllocsPerRun(1000, func() {
		_, _ = c.Conn.Write(request)
		_, _ = io.ReadFull(c.Conn, answer)
	}); n > 1 && !raceEnabled {
		t.Errorf("%v allocations", n)
	}
}
