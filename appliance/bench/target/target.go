// SPDX-License-Identifier: Apache-2.0

// Package target is what the measured proxies forward to. It answers from
// prepared bytes, so that it is never what a benchmark waits for, and counts
// the connections that it gets.
package target

import (
	"fmt"
	"io"
	"net"
	"sync/atomic"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/child"
)

// BodySize is the size of an ordinary answer, in bytes.
const BodySize = 1024

// Paths that are answered in their own way; every other one gets BodySize
// bytes.
const (
	DownPath      = "/down/"   // followed by the number of bytes to send
	UpPath        = "/up"      // the body is swallowed, and the answer has its length in figures
	WebSocketPath = "/ws"      // echoes
	SharedPath    = "/shared/" // followed by "down/" and the number of bytes to send; all others are unary echoes
	HolePath      = "/hole/"   // of Addresses.Hole
)

// Addresses are where a target listens.
type Addresses struct {
	HTTP string // HTTP/1.1
	GRPC string // HTTP/2 by prior knowledge: every call is a unary echo
	// Shared is HTTP/2 by prior knowledge: calls and large bodies, below
	// SharedPath.
	Shared string
	Hole   string // takes connections and requests, and answers nothing
	Port   string // HTTP/1.1 on every address of the loopback network
}

// Counts is what a target has seen since it started.
type Counts struct {
	Connections int64
	Waiting     int64 // requests that are in the hole now
}

type server struct {
	connections, waiting atomic.Int64
}

// Run serves until its input ends. It writes its Addresses as the first line
// of its output, and its Counts for every byte of the input.
func Run(in io.Reader, out io.Writer) error {
	s := &server{}
	http, err := s.listen(s.serveHTTP)
	if err != nil {
		return err
	}
	defer http.Close()
	grpc, err := s.listen(s.serveGRPC)
	if err != nil {
		return err
	}
	defer grpc.Close()
	hole, err := s.listen(s.serveHole)
	if err != nil {
		return err
	}
	defer hole.Close()
	all, err := everywhere()
	if err != nil {
		return fmt.Errorf("target: %w", err)
	}
	defer all.Close()
	s.serve(all, s.serveHTTP)
	shared, err := s.serveShared()
	if err != nil {
		return err
	}
	defer func() { _ = shared.Close() }() // whoever asked for the target is gone
	addresses := Addresses{
		HTTP: http.Addr().String(), GRPC: grpc.Addr().String(), Shared: shared.Addr, Hole: hole.Addr().String(), Port: portOf(all),
	}
	return child.Serve(in, out, addresses, func() any { return Counts{Connections: s.connections.Load(), Waiting: s.waiting.Load()} })
}

// listen serves every connection of a new listener.
func (s *server) listen(serve func(net.Conn)) (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	s.serve(l, serve)
	return l, nil
}

// serve hands every connection of a listener to a goroutine of its own. They
// end with the process.
func (s *server) serve(l net.Listener, serve func(net.Conn)) {
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.connections.Add(1)
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
}
