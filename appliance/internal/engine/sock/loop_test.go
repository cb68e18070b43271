// SPDX-License-Identifier: Apache-2.0

package sock_test

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// A collector takes what a loop reads until it has enough.
type collector struct {
	room  [4]byte
	got   string
	until int
	idle  int
	say   func(got string)
}

func (c *collector) Space() []byte { return c.room[:] }
func (c *collector) Idle()         { c.idle++ }
func (c *collector) Got(n int) bool {
	c.got += string(c.room[:n])
	if c.say != nil {
		c.say(c.got)
	}
	return len(c.got) < c.until
}

// loop is Loop with those rests left out that it may take.
func loop(c *sock.Conn, r sock.Reader) error {
	for {
		if err := c.Loop(r); !errors.Is(err, sock.ErrResting) {
			return err
		}
	}
}

// Who waits for long is told once, and then left alone.
func TestLoopRests(t *testing.T) {
	c, peer := pair(t)
	r := &collector{until: 2}
	write(t, peer, "1")
	if err := c.Loop(r); !errors.Is(err, sock.ErrResting) || r.got != "1" {
		t.Errorf("%q, %v", r.got, err)
	}
	time.AfterFunc(1500*time.Millisecond, func() { write(t, peer, "2") })
	if err := c.Loop(r); err != nil || r.got != "12" {
		t.Errorf("%q, %v", r.got, err)
	}
}

func TestLoop(t *testing.T) {
	c, peer := pair(t)
	r := &collector{until: 10, say: func(got string) {
		if len(got) == 3 { // what comes while the reader is at work is not missed
			write(t, peer, "4567890")
		}
	}}
	go write(t, peer, "123")
	if err := loop(c, r); err != nil || r.got != "1234567890" {
		t.Errorf("%q, %v", r.got, err)
	}
	if r.idle == 0 {
		t.Error("it never waited")
	}
	r = &collector{until: 10}
	go func() {
		write(t, peer, "1")
		_ = peer.CloseWrite()
	}()
	if err := loop(c, r); !errors.Is(err, io.EOF) || r.got != "1" {
		t.Errorf("%q, %v", r.got, err)
	}
}

// The end of the peer's side is found though it came together with bytes.
func TestLoopFindsTheEnd(t *testing.T) {
	c, peer := pair(t)
	write(t, peer, "1")
	_ = peer.CloseWrite()
	if err := loop(c, &collector{until: 10}); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestLoopEnds(t *testing.T) {
	c, peer := pair(t)
	soon := sock.Now() + sock.Instant(20*time.Millisecond)
	c.ReadBy(soon)
	if err := loop(c, &collector{until: 10}); !errors.Is(err, os.ErrDeadlineExceeded) || sock.Now() < soon {
		t.Errorf("error %v", err)
	}
	c.ReadBy(0)
	// Aborted when the reader is about to wait, and moves the deadline.
	aborted, _ := pair(t)
	aborted.ReadBy(sock.Now() + sock.Instant(2*time.Hour))
	if err := aborted.Loop(&sleeper{conn: aborted}); !errors.Is(err, sock.ErrAborted) {
		t.Errorf("error %v", err)
	}
	// Interrupted while the reader moves the deadline.
	for range 50 {
		r := &collector{until: 10, say: func(string) {
			go c.Interrupt()
			c.ReadBy(sock.Now() + sock.Instant(time.Hour))
		}}
		write(t, peer, "1")
		if err := loop(c, r); !errors.Is(err, sock.ErrInterrupted) {
			t.Fatal(err)
		}
		c.Resume()
	}
}

// A sleeper is aborted just before it says until when it waits.
type sleeper struct {
	collector
	conn *sock.Conn
}

func (s *sleeper) Idle() {
	s.conn.Abort()
	s.conn.ReadBy(sock.Now() + sock.Instant(time.Hour))
}

// What the reader writes goes out at once. Somebody else who writes meanwhile
// waits in the poller and holds the descriptor: the connection may be closed
// before that write has ended.
func TestWriteWithinLoop(t *testing.T) {
	c, peer := pair(t)
	c.WriteBy(sock.Now() - 1)
	r := &collector{until: 1, say: func(string) {
		elsewhere := make(chan error)
		go func() {
			_, err := c.Write([]byte("no"))
			elsewhere <- err
		}()
		if err := <-elsewhere; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("elsewhere: %v", err)
		}
		if n, err := c.WriteWithin([]byte("yes")); n != 3 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}}
	write(t, peer, "1")
	if err := loop(c, r); err != nil {
		t.Error(err)
	}
	got := make([]byte, 3)
	if _, err := io.ReadFull(peer, got); err != nil || string(got) != "yes" {
		t.Errorf("%q, %v", got, err)
	}
}
