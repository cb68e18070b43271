// SPDX-License-Identifier: Apache-2.0

package proxy_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// What an exchange with a target costs, as it is and with what an upstream may
// be told of retries and limits.
func BenchmarkForward(b *testing.B) {
	for name, more := range map[string]string{
		"plain":   "",
		"retries": `,"retries":{"statuses":["503"]}`,
		"try":     `,"retries":{"per_try_timeout":"10s"}`,
		"hedge":   `,"retries":{"hedge":{"after":"10s"}}`,
		"limits":  `,"limits":{"max_requests":100}`,
		"total":   `,"request_timeout":"10s"`,
	} {
		b.Run(name, func(b *testing.B) {
			bench := start(b)
			bench.apply("upstream", "u", upstreamAt(emptyTarget(b), more), "route", "r", `{"upstream":"u"}`)
			fields := get("/", "accept: */*", "user-agent: test", "connection: keep-alive").Header.Fields()
			s, r := &stream{}, get("/")
			r.RemoteIP = "192.0.2.9"
			room := make([]message.Field, 0, 16)
			b.ReportAllocs()
			for b.Loop() {
				r.Header = message.MakeHeader(append(room[:0], fields...))
				r.Deadline = time.Time{}
				bench.proxy.Serve(context.Background(), r, s)
			}
			if s.status != 204 {
				b.Fatal(s.status)
			}
		})
	}
}

// emptyTarget answers every request with 204 at the least cost.
func emptyTarget(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for from := bufio.NewReader(conn); ; {
					if _, err := http.ReadRequest(from); err != nil {
						return
					}
					_, _ = io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
				}
			}()
		}
	}()
	return l.Addr().String()
}
