// SPDX-License-Identifier: Apache-2.0

package discovery_test

import (
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// A server is a DNS server on a loopback port, over UDP and TCP. Its messages
// are written by a library that the package itself does not use.
type server struct {
	address string
	handler atomic.Pointer[dns.HandlerFunc]

	mu    sync.Mutex
	asked []string // "udp a orders.internal."
}

func newServer(t *testing.T, h dns.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.handler.Store(&h)
	handle := dns.HandlerFunc(func(w dns.ResponseWriter, r *dns.Msg) {
		s.mu.Lock()
		s.asked = append(s.asked, w.RemoteAddr().Network()+" "+dns.TypeToString[r.Question[0].Qtype]+" "+r.Question[0].Name)
		s.mu.Unlock()
		(*s.handler.Load())(w, r)
	})
	var udp net.PacketConn
	var tcp net.Listener
	for tcp == nil { // until a port is free for both
		var err error
		if udp, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		if tcp, err = net.Listen("tcp", udp.LocalAddr().String()); err != nil {
			udp.Close()
		}
	}
	s.address = udp.LocalAddr().String()
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	for _, d := range []*dns.Server{{PacketConn: udp, Handler: handle}, {Listener: tcp, Handler: handle}} {
		started := make(chan struct{})
		d.NotifyStartedFunc = func() { close(started) }
		running.Go(func() { d.ActivateAndServe() })
		<-started
		t.Cleanup(func() { d.Shutdown() })
	}
	return s
}

// handle sets what answers from now on.
func (s *server) handle(h dns.HandlerFunc) { s.handler.Store(&h) }

// questions returns what was asked so far.
func (s *server) questions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

func (s *server) resolver() []api.ResolverAddress {
	return []api.ResolverAddress{api.ResolverAddress(s.address)}
}
