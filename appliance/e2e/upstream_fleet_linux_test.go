// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// probeAgent begins what active checks call themselves.
const probeAgent = "penstock-health/"

// A fleet is any number of targets: every address of the loopback network is
// one, on one port. Nobody else reaches it.
type fleet struct {
	port    int
	members sync.Map // of *member by IP address
	served  atomic.Int64
}

// A member is a target of a fleet, with what it has seen.
type member struct {
	sick      atomic.Bool  // checks are answered 503
	hangs     atomic.Bool  // checks are not answered
	down      atomic.Bool  // requests are answered 503
	breaks    atomic.Bool  // requests end with their connection
	probes    atomic.Int64 // checks that have come
	judged    atomic.Int64 // checks that have ended
	requests  atomic.Int64 // other requests
	lastProbe atomic.Int64 // when it came, in Unix nanoseconds
	lastAsked atomic.Int64 // the same of other requests
	open      atomic.Int64 // connections
}

// newFleet serves until the test ends.
func newFleet(t *testing.T) *fleet {
	t.Helper()
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		if outer := raw.Control(func(fd uintptr) {
			err = unix.SetsockoptString(int(fd), unix.SOL_SOCKET, unix.SO_BINDTODEVICE, "lo")
		}); outer != nil {
			return outer
		}
		return err
	}}
	listener, err := config.Listen(t.Context(), "tcp4", "0.0.0.0:0")
	if err != nil {
		t.Skipf("a listener for the whole loopback network alone: %v", err)
	}
	f := &fleet{port: listener.Addr().(*net.TCPAddr).Port}
	server := &http.Server{
		Handler:   f,
		ConnState: f.connState,
		Protocols: new(http.Protocols),
	}
	server.Protocols.SetHTTP1(true)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // ends with Close
	}()
	t.Cleanup(func() {
		_ = server.Close() // only the listener's error, which nobody needs
		<-ended
	})
	return f
}

// member returns the target at an address.
func (f *fleet) member(ip string) *member {
	if m, ok := f.members.Load(ip); ok {
		return m.(*member)
	}
	m, _ := f.members.LoadOrStore(ip, new(member))
	return m.(*member)
}

func (f *fleet) connState(c net.Conn, s http.ConnState) {
	m := f.member(c.LocalAddr().(*net.TCPAddr).IP.String())
	switch s {
	case http.StateNew:
		m.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		m.open.Add(-1)
	}
}

// ServeHTTP answers requests with the target's address.
func (f *fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ip := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr).IP.String()
	m, now := f.member(ip), time.Now().UnixNano()
	if strings.HasPrefix(r.UserAgent(), probeAgent) {
		m.probe(w, r, now)
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	m.lastAsked.Store(now)
	m.requests.Add(1)
	f.served.Add(1)
	switch {
	case m.breaks.Load():
		panic(http.ErrAbortHandler)
	case m.down.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		_, _ = io.WriteString(w, ip)
	}
}

func (m *member) probe(w http.ResponseWriter, r *http.Request, now int64) {
	m.lastProbe.Store(now)
	m.probes.Add(1)
	defer m.judged.Add(1)
	w.Header().Set("Connection", "close") // thousands of targets would have as many open
	switch {
	case m.hangs.Load():
		<-r.Context().Done()
	case m.sick.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// asked returns how many requests targets have got.
func (f *fleet) asked(ips ...string) (n int64) {
	for _, ip := range ips {
		n += f.member(ip).requests.Load()
	}
	return n
}

// A spec is a target in an upstream's document.
type spec struct {
	Host   string `json:"host"`
	Port   int    `json:"port"`
	Weight *int   `json:"weight,omitempty"`
	Zone   string `json:"zone,omitempty"`
	Tier   int    `json:"tier,omitempty"`
}

// targets returns plain targets.
func (f *fleet) targets(ips ...string) []spec {
	specs := make([]spec, len(ips))
	for i, ip := range ips {
		specs[i] = spec{Host: ip, Port: f.port}
	}
	return specs
}

// upstreamOf returns an upstream's document with targets, and more members.
func upstreamOf(targets []spec, more string) string {
	b, _ := json.Marshal(targets) // plain data always encodes
	return `{"targets":` + string(b) + more + `}`
}

// loopback returns the i-th address of a block of the loopback network.
func loopback(block, i int) string { return fmt.Sprintf("127.%d.%d.%d", block, 1+i/250, 1+i%250) }

// loopbacks returns the first n of them.
func loopbacks(block, n int) []string {
	ips := make([]string, n)
	for i := range ips {
		ips[i] = loopback(block, i)
	}
	return ips
}

// newLoad returns a load without clients.
func newLoad(t *testing.T) *load {
	l := &load{stopping: make(chan struct{})}
	t.Cleanup(l.stop)
	return l
}

// asking has a client of its own ask for a path again and again. POST is not
// sent twice where the target may have seen it: a failure is not hidden.
func (l *load) asking(proto, method, address string, path func() string) {
	client, end := newClient(proto)
	l.close = append(l.close, end)
	l.client(func(ctx context.Context) error {
		status, _, body, err := fetch(ctx, client, method, "http://"+address+path())
		if err == nil && status != 200 {
			err = fmt.Errorf("%s: %s %s: %d %s", proto, method, path(), status, body)
		}
		return err
	})
}

// newClient returns a client of HTTP/1.1 or of HTTP/2 by prior knowledge, which
// follows no redirects and keeps no cookies.
func newClient(proto string) (client *http.Client, end func()) {
	transport := &http.Transport{Protocols: new(http.Protocols), MaxIdleConnsPerHost: 10_000}
	transport.Protocols.SetHTTP1(proto == "HTTP/1.1")
	transport.Protocols.SetUnencryptedHTTP2(proto == "h2c")
	return &http.Client{Transport: transport}, transport.CloseIdleConnections
}

// fetch makes a request; head changes it first. An error may come with a
// status, if it came in the body.
func fetch(ctx context.Context, client *http.Client, method, url string, head ...string) (status int, header http.Header, body string, err error) {
	var content io.Reader
	if method == http.MethodPost {
		content = strings.NewReader("content")
	}
	r, err := http.NewRequestWithContext(ctx, method, url, content)
	if err != nil {
		return 0, nil, "", err
	}
	for pair := range slices.Chunk(head, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	response, err := client.Do(r)
	if err != nil {
		return 0, nil, "", err
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	return response.StatusCode, response.Header, string(b), err
}
