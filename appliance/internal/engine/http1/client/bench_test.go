// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/life"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// constant answers every request without a body with the same bytes.
func constant(answer string) func(*peer) {
	return func(p *peer) {
		all, buffer := []byte(answer), make([]byte, 16<<10)
		for have := 0; ; {
			n, err := p.TCPConn.Read(buffer[have:])
			if have += n; err != nil {
				return
			}
			if bytes.HasSuffix(buffer[:have], []byte("\r\n\r\n")) {
				have = 0
				if _, err := p.Write(all); err != nil {
					return
				}
			}
		}
	}
}

func kilobyte() string {
	return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nServer: test\r\nContent-Length: 1024\r\n\r\n" + strings.Repeat("x", 1024)
}

// A steady is a request that is sent again and again, with memory that is used
// again, as a connection of a client does it.
type steady struct {
	*rig
	ctx      context.Context
	request  *message.Request
	response message.Response
	memory   []byte
}

func newSteady(r *rig) *steady {
	q := request("GET", "/some/path?of=interest")
	for _, f := range []string{"Accept: */*", "User-Agent: test/1.0", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: http", "X-Request-Id: 0123456789"} {
		name, value, _ := strings.Cut(f, ": ")
		q.Header.Add(name, value)
	}
	line := new(life.Line)
	line.Init(func() error { return nil })
	return &steady{rig: r, ctx: line, request: q, memory: make([]byte, 16<<10)}
}

func (s *steady) once(t testing.TB) {
	s.response.Reset()
	if err := s.RoundTrip(s.ctx, s.request, &s.response, nil); err != nil {
		t.Fatal(err)
	}
	n := 0
	for {
		m, err := s.response.Body.Read(s.memory)
		n += m
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s.response.Body.Close()
	if n != 1024 {
		t.Fatalf("%d bytes", n)
	}
}

// BenchmarkGet is a GET with an answer of 1 KiB: what an exchange costs beyond
// the four system calls of both sides and the wait for each other.
func BenchmarkGet(b *testing.B) {
	s := newSteady(to(b, play(b, constant(kilobyte())).address, client.Options{}))
	b.ReportAllocs()
	for b.Loop() {
		s.once(b)
	}
}

// A GET costs two allocations: the head's text and the body.
func TestGetAllocations(t *testing.T) {
	s := newSteady(to(t, play(t, constant(kilobyte())).address, client.Options{}))
	s.once(t)
	if n := testing.AllocsPerRun(500, func() { s.once(t) }); n > 2 {
		t.Errorf("%v allocations", n)
	}
}
