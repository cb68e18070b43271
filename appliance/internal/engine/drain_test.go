// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A client that does not send what it has announced gets its response, and
// then holds neither its connection nor an exchange for longer than an idle
// one; what it sends after all is no request.
func TestBodyThatNeverComes(t *testing.T) {
	for name, begin := range map[string]string{
		"length":   "Content-Length: 50\r\n\r\nx",
		"long":     "Content-Length: 200000\r\n\r\nx",
		"longer":   "Content-Length: 400000\r\n\r\n" + strings.Repeat("x", 300_000),
		"chunked":  "Transfer-Encoding: chunked\r\n\r\n5\r\nx",
		"trailers": "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nx",
	} {
		for _, reads := range []bool{false, true} {
			for _, length := range []int64{2, -1, 0} {
				paths := make(chan string, 100)
				server := listen(t, engine.Options{IdleTimeout: 50 * time.Millisecond, Handler: handlerFunc(func(_ context.Context, r *message.Request, s message.Stream) {
					paths <- r.Path
					if reads {
						_, _ = r.Body.Read(make([]byte, 1))
					}
					response := &message.Response{Status: http.StatusUnauthorized, ContentLength: length}
					if length != 0 {
						response.Body = io.NopCloser(strings.NewReader("no"))
					}
					_, _ = s.Respond(response)
				})})
				conn, err := net.Dial("tcp", server.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				_ = conn.SetDeadline(time.Now().Add(patience))
				_, _ = io.WriteString(conn, "POST /one HTTP/1.1\r\nHost: a.test\r\n"+begin)
				from := bufio.NewReader(conn)
				response, err := http.ReadResponse(from, nil)
				if err != nil {
					t.Fatalf("%s, read %t, length %d: %v", name, reads, length, err)
				}
				if body, err := io.ReadAll(response.Body); err != nil || response.StatusCode != 401 || len(body) != min(2, 2*int(length*length)) {
					t.Errorf("%s, read %t, length %d: %d %q, %v", name, reads, length, response.StatusCode, body, err)
				}
				if rest, err := io.ReadAll(from); len(rest) > 0 || err != nil && strings.Contains(err.Error(), "timeout") {
					t.Errorf("%s, read %t, length %d: then %q, %v", name, reads, length, rest, err)
				}
				_, _ = io.WriteString(conn, "GET /two HTTP/1.1\r\nHost: a.test\r\n\r\n")
				conn.Close()
				eventually(t, "the connection ends", func() bool { return server.Stats().Connections == 0 })
				if got := <-paths; got != "/one" || len(paths) > 0 {
					t.Errorf("%s, read %t, length %d: the body was taken for a request", name, reads, length)
				}
			}
		}
	}
}
