// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"net"
	"testing"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// A client that is to be sent away holds no buffer while it waits for that: many
// of them would hold much.
func TestRestHoldsNoBuffer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	tcp, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	socket, err := sock.New(tcp.(*net.TCPConn))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	c := newConn(new(server), socket, socket, settings{server: true})
	defer c.workers.leave()
	r := &c.reader
	copy(r.Space(), "abc")
	r.w = 3
	c.err = errAborted // it rests no longer than the connection lasts
	r.fail(&connError{http2.ErrCodeEnhanceYourCalm, "test"})
	if r.mem != nil || r.r != r.w {
		t.Error("a buffer is held")
	}
	r.giveBack()
}
