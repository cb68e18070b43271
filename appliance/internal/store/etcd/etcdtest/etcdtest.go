// SPDX-License-Identifier: Apache-2.0

// Package etcdtest gives tests a real etcd server on loopback, to be stopped and
// started at will.
package etcdtest

import (
	"context"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/embedded"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/etcd"
)

// A Server is an etcd server that ends with its test.
type Server struct {
	// Endpoint is its client URL. It stays the same over Stop and Restart.
	Endpoint string

	t      testing.TB
	dir    string
	server *embedded.Server // nil when stopped
}

// Start runs a server with an empty data directory and a free port.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, dir: t.TempDir(), Endpoint: "http://127.0.0.1:0"}
	s.Restart()
	t.Cleanup(s.Stop)
	return s
}

// Stop ends the server and keeps its data.
func (s *Server) Stop() {
	s.t.Helper()
	if s.server == nil {
		return
	}
	if err := s.server.Close(); err != nil {
		s.t.Errorf("etcd: close: %v", err)
	}
	s.server = nil
}

// Restart starts the server, stopping it first if it runs, with the same
// data and address.
func (s *Server) Restart() {
	s.t.Helper()
	s.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	server, err := embedded.Start(ctx, embedded.Config{Dir: s.dir, Listen: s.Endpoint})
	if err != nil {
		s.t.Fatalf("etcd: start: %v", err)
	}
	s.server, s.Endpoint = server, server.Endpoint()
}

// RestartEmpty starts the server without the data it had.
func (s *Server) RestartEmpty() {
	s.t.Helper()
	s.Stop()
	s.dir = s.t.TempDir()
	s.Restart()
}

// Client returns a client inside the process of the running server.
func (s *Server) Client() *clientv3.Client { return s.server.Client() }

// Config returns how to reach the server over the network. Calls have all the
// time that a busy machine may need;
// heartbeats are short, so that losses are noticed soon.
func (s *Server) Config(cluster string) etcd.Config {
	return etcd.Config{
		Endpoints: []string{s.Endpoint},
		Cluster:   cluster,
		MaxOps:    embedded.MaxOps,
		MaxBytes:  embedded.MaxBytes,
		Timeout:   30 * time.Second,
		Heartbeat: 250 * time.Millisecond,
	}
}

// Store returns a store over the network that ends with its test, before
// the server does.
func (s *Server) Store(cluster string) *etcd.Store {
	s.t.Helper()
	st, err := etcd.Open(context.Background(), s.Config(cluster))
	if err != nil {
		s.t.Fatalf("etcd: open: %v", err)
	}
	s.t.Cleanup(func() {
		if err := st.Close(); err != nil {
			s.t.Errorf("etcd: close store: %v", err)
		}
	})
	return st
}
