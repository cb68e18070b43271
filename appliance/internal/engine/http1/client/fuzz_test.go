// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/client"
)

// FuzzConnection has a target say anything, in two pieces. Whatever that is,
// the exchange ends, no connection is lost, and the next request gets its own
// answer and nothing of what was left over.
func FuzzConnection(f *testing.F) {
	for _, test := range responses {
		if len(test.says) < 2_000 {
			f.Add([]byte(test.says), uint16(len(test.says)/2), uint16(7), test.method == "HEAD", test.ends)
		}
	}
	f.Fuzz(func(t *testing.T, says []byte, cut, read uint16, head, ends bool) {
		said := make(chan struct{})
		at := play(t, func(p *peer) {
			if p.n == 0 {
				p.head()
				half := min(int(cut), len(says))
				_, _ = p.Write(says[:half])
				_, _ = p.Write(says[half:])
				if ends {
					p.Close()
				}
				close(said)
			}
			if p.head() != "" {
				p.say(next)
				p.gone()
			}
		})
		r := to(t, at.address, client.Options{StallTimeout: 20 * time.Millisecond, ResponseTimeout: 20 * time.Millisecond})
		q := request("GET", "/")
		if head {
			q.Method = "HEAD"
		}
		response, err := r.do(t.Context(), q)
		if err != nil {
			_ = failure(t, err)
		} else if response.Body != nil {
			body, err := readWith(response.Body, int(read)+1)
			if err != nil {
				_ = failure(t, err)
			}
			if response.ContentLength >= 0 && err == nil && len(body) != int(response.ContentLength) {
				t.Errorf("%d of %d bytes", len(body), response.ContentLength)
			}
			response.Body.Close()
		}
		<-said
		if got := r.get(t, request("POST", "/")); got != "next" {
			t.Errorf("the next response is %q", got)
		}
	})
}
