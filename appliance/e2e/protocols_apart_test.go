// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// S0-15: telling the protocols apart costs clients nothing that they would
// notice: no byte beyond their request, however it is cut into packets, and
// no request that only looks like the other protocol's. A listener of HTTP/1.1
// alone, which has nothing to tell apart, answers the same.
func TestProtocolsAreToldApart(t *testing.T) {
	l := newLimited(t)
	plain := &limited{l.Gateway, gatewaytest.FreeAddress(t)}
	const patient = `,"header_timeout":"10m","idle_timeout":"1h"` // so that waiting for more shows
	l.listen(t, patient)
	l.Put(t, "listener", "plain", `{"address":"`+plain.address+`","http2":false`+patient+`}`)

	for name, listener := range map[string]*limited{"both": l, "HTTP/1.1 alone": plain} {
		for request, want := range map[string]int{
			"GET / HTTP/1.0\r\n\r\n":                                     200, // shorter than the preface: nobody waits for more
			"P / HTTP/1.0\r\n\r\n":                                       200,
			"GET / HTTP/1.1\r\nHost: h\r\n\r\n":                          200, // told apart by its first byte
			"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n":     200, // by its second
			"PRIME / HTTP/1.1\r\nHost: h\r\n\r\n":                        200, // by its fourth
			"PRI /*/HTTP/2.0 HTTP/1.1\r\nHost: h\r\n\r\n":                200, // by its fifth
			"PRI * HTTP/2.0\r\n\r\nSN\r\n\r\nHost: h\r\n\r\n":            0,   // by its twentieth: it is answered as what it is not
			"PRI * HTTP/1.1\r\nHost: h\r\n\r\n":                          400, // by its twelfth: nothing but OPTIONS asks for *
			"\r\nGET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n": 200,
		} {
			t.Run(fmt.Sprintf("%s %.20q", name, request), func(t *testing.T) {
				for _, each := range []int{len(request), 1} { // bytes in a packet
					c := listener.dial(t)
					for rest := request; rest != ""; rest = rest[min(each, len(rest)):] {
						if _, err := io.WriteString(c, rest[:min(each, len(rest))]); err != nil {
							break // refused already
						}
					}
					response, err := http.ReadResponse(c.r, nil)
					if err != nil {
						t.Fatalf("%d bytes at a time: %v", each, err)
					}
					response.Body.Close()
					if want != 0 && response.StatusCode != want || response.ProtoMajor != 1 || want == 0 && response.StatusCode < 400 {
						t.Errorf("%d bytes at a time: %s %s, want %d", each, response.Proto, response.Status, want)
					}
				}
			})
		}
	}

	// The other protocol is answered as soon as its preface is there, and with
	// http2 = false as HTTP/1.1.
	for _, each := range []int{len(http2.ClientPreface), 1} {
		c := l.dial(t)
		for rest := http2.ClientPreface; rest != ""; rest = rest[each:] {
			_, _ = io.WriteString(c, rest[:each]) // reading tells
		}
		f, err := http2.NewFramer(nil, c.r).ReadFrame()
		if settings, ok := f.(*http2.SettingsFrame); !ok || settings.IsAck() {
			t.Errorf("the preface, %d bytes at a time, is answered by %v, %v", each, f, err)
		}
	}
	c := plain.dial(t)
	_, _ = io.WriteString(c, http2.ClientPreface) // reading tells
	if answer, _ := bufio.NewReader(c.r).ReadString('\n'); !strings.HasPrefix(answer, "HTTP/1.1 ") {
		t.Errorf("with http2 = false the preface is answered by %q", answer)
	}
}
