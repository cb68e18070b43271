// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"io"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A body whose sender waits for 100 Continue is read when the target wants it,
// and not at all if the target answers without it. A target that does not know
// the expectation gets it after a while.
func TestExpectContinue(t *testing.T) {
	for name, test := range map[string]struct {
		says   string
		status int
		reads  bool
		reused bool
	}{
		"wants it":      {"HTTP/1.1 100 Continue\r\n\r\n", 200, true, true},
		"refuses it":    {"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n", 417, false, false},
		"says nothing":  {"", 200, true, true},
		"hints, wants":  {"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n", 200, true, true},
		"answers early": {"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno", 401, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			at := play(t, func(p *peer) {
				if !strings.Contains(p.head(), "\r\nExpect: 100-continue\r\n") {
					t.Error("the expectation was not passed on")
				}
				p.say(test.says)
				if !test.reads {
					p.gone()
					return
				}
				if got := p.body(4); got != "body" {
					t.Errorf("the body is %q", got)
				}
				p.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				p.gone()
			})
			r := to(t, at.address, client.Options{})
			body := &countedReads{Reader: strings.NewReader("body")}
			q := with(request("POST", "/"), body, 4)
			q.Header.Add("Expect", "100-continue")
			response := new(message.Response)
			if err := r.RoundTrip(t.Context(), q, response, nil); err != nil {
				t.Fatal(err)
			}
			if response.Body != nil {
				_, _ = io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
			if response.Status != test.status || body.reads > 0 != test.reads {
				t.Errorf("status %d, %d reads of the body", response.Status, body.reads)
			}
			if reused := r.Idle() == 1; reused != test.reused {
				t.Errorf("reused %t", reused)
			}
		})
	}
}

type countedReads struct {
	io.Reader
	reads int
}

func (c *countedReads) Read(p []byte) (int, error) {
	c.reads++
	return c.Reader.Read(p)
}
