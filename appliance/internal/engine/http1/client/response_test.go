// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// An informed notes interim responses.
type informed []string

func (i *informed) Inform(status int, header *message.Header) error {
	*i = append(*i, fmt.Sprint(status, " ", header.Get("link")))
	return nil
}

const none = message.Phase(255)

// responses are what targets answer, and what becomes of it.
var responses = []struct {
	name    string
	method  string // GET if empty
	says    string
	ends    bool // the target ends the connection then
	status  int
	body    string
	length  int64
	trailer string        // of X-Sum
	phase   message.Phase // of the failure, none if there is none
	is      error         // what the failure is
	reused  bool          // the connection serves the next request
	interim string
}{
	{name: "length", says: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", status: 200, body: "hello", length: 5, phase: none, reused: true},
	{name: "length, long", says: "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("0123456789", 10_000),
		status: 200, body: strings.Repeat("0123456789", 10_000), length: 100_000, phase: none, reused: true},
	{name: "length 0", says: "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", status: 404, phase: none, reused: true},
	{name: "chunked", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n",
		status: 200, body: "hello world", length: -1, phase: none, reused: true},
	{name: "chunked, long", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("a\r\n0123456789\r\n", 10_000) + "0\r\n\r\n",
		status: 200, body: strings.Repeat("0123456789", 10_000), length: -1, phase: none, reused: true},
	{name: "chunked, empty", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", status: 200, length: -1, phase: none, reused: true},
	{name: "trailers", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
		status: 200, body: "hello", length: -1, trailer: "1", phase: none, reused: true},
	{name: "trailers, large", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Large: " + strings.Repeat("x", 30_000) + "\r\n\r\n",
		status: 200, body: "hello", length: -1, trailer: "1", phase: none, reused: true},
	{name: "until the end", says: "HTTP/1.1 200 OK\r\n\r\nhello", ends: true, status: 200, body: "hello", length: -1, phase: none},
	{name: "until the end, long", says: "HTTP/1.0 200 OK\r\n\r\n" + strings.Repeat("0123456789", 10_000), ends: true,
		status: 200, body: strings.Repeat("0123456789", 10_000), length: -1, phase: none},
	{name: "HTTP/1.0", says: "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", status: 200, body: "hello", length: 5, phase: none},
	{name: "close", says: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", status: 200, body: "hello", length: 5, phase: none},
	{name: "204", says: "HTTP/1.1 204 No Content\r\n\r\n", status: 204, phase: none, reused: true},
	{name: "304", says: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", status: 304, length: 5, phase: none, reused: true},
	{name: "HEAD", method: "HEAD", says: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", status: 200, length: 5, phase: none, reused: true},
	{name: "HEAD with a body", method: "HEAD", says: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", status: 200, length: 5, phase: none},
	{name: "204 with a body", says: "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", status: 204, phase: none},
	{name: "large head", says: "HTTP/1.1 200 OK\r\nX-Large: " + strings.Repeat("x", 40_000) + "\r\nContent-Length: 5\r\n\r\nhello", status: 200, body: "hello", length: 5, phase: none, reused: true},

	{name: "103", says: "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		status: 200, body: "hello", length: 5, phase: none, reused: true, interim: "[103 a 103 b]"},
	{name: "100 and 102", says: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
		status: 204, phase: none, reused: true, interim: "[102 ]"},
	{name: "64 interim responses", says: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 64) + "HTTP/1.1 204 No Content\r\n\r\n", status: 204, phase: none, reused: true},
	{name: "65 interim responses", says: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 65) + "HTTP/1.1 204 No Content\r\n\r\n", phase: message.PhaseHead},
	{name: "interim only", says: "HTTP/1.1 100 Continue\r\n\r\n", ends: true, phase: message.PhaseHead, is: io.EOF},

	{name: "a second response", says: "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", status: 204, phase: none},
	{name: "a second response after a body", says: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
		status: 200, body: "hello", length: 5, phase: none},
	{name: "a second response after chunks", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
		status: 200, body: "hello", length: -1, phase: none},
	{name: "a second response after a long body", says: "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("0123456789", 10_000) + next,
		status: 200, body: strings.Repeat("0123456789", 10_000), length: 100_000, phase: none},
	{name: "a line too many", says: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello\r\n", status: 200, body: "hello", length: 5, phase: none},

	{name: "nothing", ends: true, phase: message.PhaseHead, is: io.EOF},
	{name: "half a head", says: "HTTP/1.1 200 OK\r\nContent-", ends: true, phase: message.PhaseHead, is: io.ErrUnexpectedEOF},
	{name: "nonsense", says: "what?\r\n\r\n", phase: message.PhaseHead},
	{name: "no head", says: strings.Repeat("x", 200_000), phase: message.PhaseHead},
	{name: "endless head", says: "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Field: x\r\n", 20_000), phase: message.PhaseHead},
	{name: "two lengths", says: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", phase: message.PhaseHead},
	{name: "length and chunks", says: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", phase: message.PhaseHead},
	{name: "101 without being asked", says: "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", phase: message.PhaseHead},

	{name: "half a body", says: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", ends: true, status: 200, body: "hello", length: 10,
		phase: message.PhaseResponse, is: io.ErrUnexpectedEOF},
	{name: "half a chunk", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", ends: true, status: 200, body: "hel", length: -1,
		phase: message.PhaseResponse, is: io.ErrUnexpectedEOF},
	{name: "no last chunk", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", ends: true, status: 200, body: "hello", length: -1,
		phase: message.PhaseResponse, is: io.ErrUnexpectedEOF},
	{name: "half a trailer", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n", ends: true, status: 200, body: "hello", length: -1,
		phase: message.PhaseResponse, is: io.ErrUnexpectedEOF},
	{name: "bad chunk", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nx\r\n", status: 200, body: "hello", length: -1, phase: message.PhaseResponse},
	{name: "bad end of a chunk", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n", status: 200, body: "hello", length: -1, phase: message.PhaseResponse},
}

const next = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext"

// Responses of every kind, in one piece and in many, read in one piece and in
// many. Whatever they were, the next request gets its own answer, over the same
// connection if nothing was wrong (S0-14).
func TestResponses(t *testing.T) {
	reads := map[string]func(io.Reader) ([]byte, error){
		"at once":    io.ReadAll,
		"in bytes":   func(r io.Reader) ([]byte, error) { return io.ReadAll(iotest.OneByteReader(r)) },
		"with 10000": func(r io.Reader) ([]byte, error) { return readWith(r, 10_000) },
	}
	for _, test := range responses {
		for pieces, write := range map[string]func(*peer, string){"one piece": (*peer).say, "many": slowly} {
			for how, read := range reads {
				t.Run(test.name+", "+pieces+", "+how, func(t *testing.T) {
					said := make(chan struct{})
					at := play(t, func(p *peer) {
						if p.n == 0 {
							p.head()
							write(p, test.says)
							close(said)
							if test.ends {
								return
							}
						}
						if p.head() != "" {
							p.say(next)
							p.gone()
						}
					})
					r := to(t, at.address, client.Options{})
					method := test.method
					if method == "" {
						method = "GET"
					}
					var got informed
					response := new(message.Response)
					err := r.RoundTrip(t.Context(), request(method, "/"), response, &got)
					if err == nil {
						if response.Status != test.status || response.ContentLength != test.length {
							t.Errorf("status %d, length %d", response.Status, response.ContentLength)
						}
						if response.Body != nil {
							var body []byte
							body, err = read(response.Body)
							if string(body) != test.body && (err == nil || test.is != nil || !strings.HasPrefix(test.body, string(body))) {
								t.Errorf("body %.100q", body)
							}
							if response.Trailer != nil && response.Trailer.Get("x-sum") != test.trailer {
								t.Errorf("trailers %v", response.Trailer.Fields())
							}
							response.Body.Close()
						} else if test.body != "" {
							t.Error("no body")
						}
					} else if test.status != 0 {
						t.Error(err)
					} else if response.Status != 0 || response.Header.Len() != 0 {
						t.Error("the response is not empty after an error")
					}
					if test.phase == none && err != nil {
						t.Error(err)
					}
					if test.phase != none {
						failed := failure(t, err)
						if failed.Phase != test.phase || failed.Retryable() || failed.Reused || failed.Target != at.address || test.is != nil && !errors.Is(err, test.is) {
							t.Errorf("%v, retryable %t", err, failed.Retryable())
						}
					}
					if test.interim != "" && fmt.Sprint(got) != test.interim {
						t.Errorf("informed of %v", got)
					}
					<-said
					if got := r.get(t, request("POST", "/")); got != "next" {
						t.Errorf("the next response is %q", got)
					}
					if reused := r.dialled.Load() == 1; reused != test.reused {
						t.Errorf("reused %t", reused)
					}
				})
			}
		}
	}
}

// slowly writes in pieces that arrive one by one, more or less.
func slowly(p *peer, s string) {
	_ = p.SetNoDelay(true)
	for n := max(1, len(s)/50); len(s) > 0; {
		n = min(n, len(s))
		p.say(s[:n])
		s = s[n:]
	}
}

func readWith(r io.Reader, n int) (all []byte, err error) {
	b := make([]byte, n)
	for {
		n, err := r.Read(b)
		all = append(all, b[:n]...)
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
}

// A body that nobody wants to its end costs the connection, unless the rest
// is there already. Nothing can be read from it then.
func TestBodyIsClosedEarly(t *testing.T) {
	for name, test := range map[string]struct {
		says   string
		reused bool
	}{
		"short":         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", true},
		"chunked":       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", true},
		"half":          {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", false},
		"half a chunk":  {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", false},
		"until the end": {"HTTP/1.1 200 OK\r\n\r\nhello", false},
		"bad chunk":     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!", false},
	} {
		t.Run(name, func(t *testing.T) {
			at := play(t, func(p *peer) {
				if p.n == 0 {
					p.head()
					p.say(test.says)
				}
				if p.head() != "" {
					p.say(next)
					p.gone()
				}
			})
			r := to(t, at.address, client.Options{})
			response, err := r.do(t.Context(), request("GET", "/"))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = response.Body.Read(make([]byte, 1))
			for range 2 {
				if err := response.Body.Close(); err != nil {
					t.Error(err)
				}
			}
			if n, err := response.Body.Read(make([]byte, 1)); n != 0 || err == nil {
				t.Errorf("read %d, %v after the end", n, err)
			}
			if got := r.get(t, request("GET", "/")); got != "next" {
				t.Errorf("the next response is %q", got)
			}
			if reused := r.dialled.Load() == 1; reused != test.reused {
				t.Errorf("reused %t", reused)
			}
		})
	}
}
