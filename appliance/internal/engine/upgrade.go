// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Upgrade implements [message.Stream]. The connection belongs to the caller,
// who closes it; from then on ctx does not tell whether the client is there.
func (x *exchange) Upgrade(header *message.Header) (net.Conn, error) {
	if x.stage != unanswered {
		return nil, ErrResponded
	}
	if x.request.Proto != message.HTTP11 {
		return nil, ErrNoUpgrade
	}
	conn, rw, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		return nil, &message.ClientError{Op: "write", Err: err}
	}
	x.stage = upgraded
	t := &tunnel{Conn: conn, server: x.server}
	if rw.Reader.Buffered() > 0 {
		t.early = rw.Reader
	}
	x.server.addTunnel(t)
	_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\n") // Flush returns the first error
	for _, f := range header.Fields() {
		_, _ = rw.WriteString(oneLine.Replace(f.Name) + ": " + oneLine.Replace(f.Value) + "\r\n")
	}
	_, _ = rw.WriteString("\r\n")
	if err := rw.Flush(); err != nil {
		_ = t.Close()
		return nil, &message.ClientError{Op: "write", Err: fmt.Errorf("switching protocols: %w", err)}
	}
	return t, nil
}

var oneLine = strings.NewReplacer("\r", " ", "\n", " ")

// A tunnel is a client's connection after 101 Switching Protocols.
type tunnel struct {
	net.Conn
	server *Server
	early  *bufio.Reader // bytes that came with the head; nil when they are read
	once   sync.Once
}

func (t *tunnel) Read(p []byte) (int, error) {
	if t.early != nil {
		if t.early.Buffered() > 0 {
			return t.early.Read(p[:min(len(p), t.early.Buffered())])
		}
		t.early = nil
	}
	return t.Conn.Read(p)
}

// CloseWrite tells the client that nothing more comes, if its connection can.
func (t *tunnel) CloseWrite() error { return closeWrite(t.Conn) }

// Close closes the connection and takes the tunnel off the server's list.
func (t *tunnel) Close() error {
	t.once.Do(func() { t.server.removeTunnel(t) })
	return t.Conn.Close()
}

func closeWrite(conn net.Conn) error {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return conn.Close()
}

func (s *Server) addTunnel(t *tunnel) {
	s.counts.tunnels.Add(1)
	s.mu.Lock()
	s.tunnels[t] = struct{}{}
	s.mu.Unlock()
}

func (s *Server) removeTunnel(t *tunnel) {
	s.counts.tunnels.Add(-1)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tunnels, t)
	if len(s.tunnels) == 0 && s.noTunnels != nil {
		close(s.noTunnels)
		s.noTunnels = nil
	}
}

// endTunnels waits for the tunnels to end and closes them when ctx does.
func (s *Server) endTunnels(ctx context.Context) {
	s.mu.Lock()
	if len(s.tunnels) == 0 {
		s.mu.Unlock()
		return
	}
	ended := make(chan struct{})
	s.noTunnels = ended
	s.mu.Unlock()
	select {
	case <-ended:
		return
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for t := range s.tunnels {
		t.Conn.Close() // whoever holds it sees the end and closes the tunnel
	}
}
