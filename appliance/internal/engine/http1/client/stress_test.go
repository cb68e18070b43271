// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Many exchanges at once with a target that ends connections as it likes, of
// clients that leave as they like: each gets its own answer or an error, safe
// requests that are not left get their answer, and no connection is lost.
func TestManyAtOnce(t *testing.T) {
	r := to(t, play(t, func(p *peer) {
		for i := 1; ; i++ {
			head := p.head()
			if head == "" {
				return
			}
			name, _, _ := strings.Cut(head, " HTTP")
			if strings.Contains(head, "chunked") {
				p.chunks()
			} else if strings.Contains(head, "Content-Length: 3\r\n") {
				p.body(3)
			}
			if i > 1 && i%(p.n%20+5) == 0 {
				return // without an answer
			}
			body := name + strings.Repeat(".", 100*(i%5)*(i%5)*(i%5))
			switch i % 3 {
			case 0:
				p.say(fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body))
			default:
				p.say(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
			}
			if i%7 == 0 {
				return
			}
		}
	}).address, client.Options{MaxIdle: 16})
	var all sync.WaitGroup
	for g := range 16 {
		all.Go(func() {
			for i := range 100 {
				ctx, cancel := context.WithCancel(t.Context())
				q := request("GET", fmt.Sprintf("/%d/%d", g, i))
				switch i % 5 {
				case 1:
					q = with(q, strings.NewReader("abc"), 3)
				case 2:
					q.Method = "POST"
					q = with(q, strings.NewReader("abc"), -1)
				case 3:
					time.AfterFunc(time.Duration(i)*10*time.Microsecond, cancel)
				}
				response, err := r.do(ctx, q)
				var body string
				if err == nil {
					body, err = drain(response)
				}
				cancel()
				want := q.Method + " " + q.Path
				var failed *message.TransportError
				switch {
				case err == nil && strings.TrimRight(body, ".") != want:
					t.Errorf("%s got %.50q", want, body)
				case err != nil && i%5 != 2 && i%5 != 3:
					t.Errorf("%s: %v", want, err)
				case err != nil && !errors.As(err, &failed):
					t.Errorf("%T", err)
				}
			}
		})
	}
	all.Wait()
	if r.Idle() > 16 {
		t.Errorf("%d idle", r.Idle())
	}
}
