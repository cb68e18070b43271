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

func TestLoop(t *testing.T) {
	c, peer := pair(t)
	r := &collector{until: 10, say: func(got string) {
		if len(got) == 3 { // what comes while the reader is at work is not missed
			write(t, peer, "4567890")
		}
	}}
	go write(t, peer, "123")
	if err := c.Loop(r); err != nil || r.got != "1234567890" {
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
	if err := c.Loop(r); err != io.EOF || r.got != "1" {
		t.Errorf("%q, %v", r.got, err)
	}
}

// The end of the peer's side is found though it came together with bytes.
func TestLoopFindsTheEnd(t *testing.T) {
	c, peer := pair(t)
	write(t, peer, "1")
	_ = peer.CloseWrite()
	if err := c.Loop(&collector{until: 10}); err != io.EOF {
		t.Error(err)
	}
}

func TestLoopEnds(t *testing.T) {
	c, peer := pair(t)
	soon := sock.Now() + sock.Instant(20*time.Millisecond)
	c.ReadBy(soon)
	if err := c.Loop(&collector{until: 10}); !errors.Is(err, os.ErrDeadlineExceeded) || sock.Now() < soon {
		t.Errorf("error %v", err)
	}
	c.ReadBy(0)
	// Interrupted while the reader moves the deadline.
	for range 50 {
		r := &collector{until: 10, say: func(string) {
			go c.Interrupt()
			c.ReadBy(sock.Now() + sock.Instant(time.Hour))
		}}
		write(t, peer, "1")
		if err := c.Loop(r); !errors.Is(err, sock.ErrInterrupted) {
			t.Fatal(err)
		}
		c.Resume()
	}
}
