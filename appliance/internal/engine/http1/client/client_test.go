// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// echo answers every request with its head and its body, until the end.
func echo(p *peer) {
	for {
		head := p.head()
		if !strings.HasSuffix(head, "\r\n\r\n") {
			return
		}
		body := ""
		var n int
		if _, length, ok := strings.Cut(head, "Content-Length: "); ok {
			_, _ = fmt.Sscanf(length, "%d", &n)
			body = p.body(n)
		} else if strings.Contains(head, "chunked") {
			body = p.chunks()
		}
		p.say(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s%s", len(head)+len(body), head, body))
	}
}

// S0-14: connections are used again, whatever the requests are like.
func TestConnectionIsReused(t *testing.T) {
	at := play(t, echo)
	r := to(t, at.address, client.Options{})
	trailer := &message.Header{}
	trailer.Add("X-Sum", "1")
	large := strings.Repeat("large ", 50_000)
	for name, test := range map[string]struct {
		request func() *message.Request
		want    string
	}{
		"get":   {func() *message.Request { return request("GET", "/a?b") }, "GET /a?b HTTP/1.1\r\nHost: a.test\r\n\r\n"},
		"small": {func() *message.Request { return with(request("POST", "/"), strings.NewReader("hello"), 5) }, "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello"},
		"empty": {func() *message.Request { return with(request("POST", "/"), strings.NewReader(""), 0) }, "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n"},
		"large": {func() *message.Request { return with(request("PUT", "/"), strings.NewReader(large), int64(len(large))) },
			"PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 300000\r\n\r\n" + large},
		"chunked": {func() *message.Request {
			return with(request("POST", "/"), io.MultiReader(strings.NewReader("hel"), strings.NewReader("lo")), -1)
		}, "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"},
		"trailers": {func() *message.Request {
			q := with(request("POST", "/"), strings.NewReader("x"), -1)
			q.Trailer = trailer
			return q
		}, "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n"},
	} {
		for range 3 {
			if got := r.get(t, test.request()); got != test.want {
				t.Errorf("%s: the target got %.200q", name, got)
			}
		}
	}
	if n := r.dialled.Load(); n != 1 || r.Idle() != 1 {
		t.Errorf("%d connections, %d idle", n, r.Idle())
	}
}
