// SPDX-License-Identifier: Apache-2.0

package target

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// serveShared starts a server of net/http, which has flow control of its own,
// for bodies that nobody reads beside calls on the same connections.
func (s *server) serveShared() (*http.Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	server := &http.Server{Addr: listener.Addr().String(), Handler: http.HandlerFunc(answerShared), Protocols: new(http.Protocols),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.connections.Add(1)
			}
		}}
	server.Protocols.SetUnencryptedHTTP2(true)
	go func() { _ = server.Serve(listener) }() // ends with Close
	return server, nil
}

func answerShared(w http.ResponseWriter, r *http.Request) {
	if size, ok := strings.CutPrefix(r.URL.Path, SharedPath+"down/"); ok {
		left, _ := strconv.Atoi(size)
		w.Header().Set("Content-Length", size)
		for piece := make([]byte, 16<<10); left > 0; left -= len(piece) {
			if _, err := w.Write(piece[:min(left, len(piece))]); err != nil {
				return
			}
		}
		return
	}
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Trailer", "Grpc-Status")
	_, err := io.Copy(w, r.Body)
	w.Header().Set("Grpc-Status", "0")
	if err != nil {
		w.Header().Set("Grpc-Status", "13")
	}
}
