// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"io"
	"net"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// A request that has come when its new connection is retired is read (S0-14);
// one that says nothing is let go.
func TestSniffRetired(t *testing.T) {
	for _, request := range []string{"GET / HTTP/1.1\r\n\r\n", clientPreface, ""} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		peer, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer peer.Close()
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		socket, err := sock.New(conn.(*net.TCPConn))
		if err != nil {
			t.Fatal(err)
		}
		defer socket.Close()
		_, _ = io.WriteString(peer, request)
		for request != "" && !socket.Pending() {
		}
		socket.Interrupt()
		if early, err := sniff(socket, 0); string(early) != request || (err == nil) != (request != "") {
			t.Errorf("%q, %v", early, err)
		}
	}
}
