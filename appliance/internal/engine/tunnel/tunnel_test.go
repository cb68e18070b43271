// SPDX-License-Identifier: Apache-2.0

package tunnel_test

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/tunnel"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// source returns a tunnel and the other end of its connection.
func source(t *testing.T) (*tunnel.Source, *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	socket, err := sock.New(conn.(*net.TCPConn))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close(); peer.Close() })
	return &tunnel.Source{Socket: socket}, peer.(*net.TCPConn)
}

// S2-06: a tunnel that carries nothing gives its goroutine back, and goes on
// with what comes then.
func TestPark(t *testing.T) {
	s, peer := source(t)
	s.Early = []byte("early")
	var got strings.Builder
	if n, err := s.WriteTo(&got); n != 5 || !errors.Is(err, sock.ErrResting) || got.String() != "early" {
		t.Fatalf("%d, %v, %q", n, err, got.String())
	}
	ended := make(chan error, 1)
	var wake func()
	wake = func() {
		if _, err := s.WriteTo(&got); !errors.Is(err, sock.ErrResting) || !s.Park(wake) {
			ended <- err
		}
	}
	if !s.Park(wake) {
		t.Skip("connections cannot be parked here")
	}
	s.Socket.Interrupt() // which is for others
	_, _ = io.WriteString(peer, ", late")
	_ = peer.CloseWrite()
	if err := <-ended; err != nil || got.String() != "early, late" {
		t.Errorf("%q, %v", got.String(), err)
	}
}

func TestRead(t *testing.T) {
	s, peer := source(t)
	s.Early = []byte("ab")
	_, _ = io.WriteString(peer, "c")
	_ = peer.CloseWrite()
	s.Socket.Interrupt()
	var one [1]byte
	got := ""
	for {
		n, err := s.Read(one[:])
		got += string(one[:n])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got != "abc" {
		t.Errorf("%q", got)
	}
}

// A clock is that of a tunnel whose time has come, so many times.
type clock struct{ touched, again int }

func (c *clock) Touch()                { c.touched++ }
func (c *clock) ReadsBy() sock.Instant { return sock.Now().After(time.Millisecond) }
func (c *clock) Again() bool           { c.again--; return c.again >= 0 }

// S2-06: a tunnel ends when its clock says so, and not before.
func TestClock(t *testing.T) {
	for name, read := range map[string]func(s *tunnel.Source) error{
		"Read":    func(s *tunnel.Source) error { _, err := s.Read(make([]byte, 1)); return err },
		"WriteTo": func(s *tunnel.Source) error { _, err := s.WriteTo(io.Discard); return err },
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := source(t)
			c := &clock{again: 2}
			s.Clock = c
			if err := read(s); !errors.Is(err, os.ErrDeadlineExceeded) || c.again != -1 || c.touched != 0 {
				t.Errorf("%v, asked %d times, touched %d times", err, 2-c.again, c.touched)
			}
		})
	}
}

type refuses struct{ n int }

var errRefused = errors.New("refused")

func (r refuses) Write(p []byte) (int, error) {
	if r.n < 0 {
		return 0, errRefused
	}
	return min(r.n, len(p)), nil
}

// Whoever takes less than came ends it.
func TestWriterFails(t *testing.T) {
	for _, test := range []struct {
		to  refuses
		err error
	}{{refuses{-1}, errRefused}, {refuses{1}, io.ErrShortWrite}} {
		for _, early := range []string{"", "early"} {
			s, peer := source(t)
			s.Early = []byte(early)
			_, _ = io.WriteString(peer, "hello")
			if n, err := s.WriteTo(test.to); !errors.Is(err, test.err) || n != max(0, int64(test.to.n)) {
				t.Errorf("%d, %v", n, err)
			}
		}
	}
}

// An idle clock is that of a tunnel whose other direction may carry something.
type idle struct {
	last  atomic.Int64
	limit time.Duration
}

func (c *idle) Touch()                { c.last.Store(int64(sock.Now())) }
func (c *idle) ReadsBy() sock.Instant { return sock.Instant(c.last.Load()).After(c.limit) }
func (c *idle) Again() bool           { return c.ReadsBy() > sock.Now() }

// S2-06: what comes when the other direction has kept a tunnel alive is passed
// on, whether its reader waits or is parked meanwhile.
func TestKeptAlive(t *testing.T) {
	for _, limit := range []time.Duration{200 * time.Millisecond, 1500 * time.Millisecond} { // before it rests, and after
		t.Run(limit.String(), func(t *testing.T) {
			t.Parallel()
			s, peer := source(t)
			c := &idle{limit: limit}
			c.Touch()
			s.Clock = c
			var got strings.Builder
			ended := make(chan error, 1)
			var wake func()
			wake = func() {
				_, err := s.WriteTo(&got)
				if !errors.Is(err, sock.ErrResting) {
					ended <- err
				} else if !s.Park(wake) {
					go wake()
				}
			}
			go wake()
			for begin := time.Now(); time.Since(begin) < 2*limit; { // the other direction
				c.Touch()
				time.Sleep(limit / 20)
			}
			_, _ = io.WriteString(peer, "late")
			_ = peer.CloseWrite()
			if err := <-ended; err != nil || got.String() != "late" {
				t.Errorf("%q, %v", got.String(), err)
			}
		})
	}
}
