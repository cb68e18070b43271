// SPDX-License-Identifier: Apache-2.0

package sock_test

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// Whoever is parked is woken by everything that a read would return for, and
// once.
func TestPark(t *testing.T) {
	for name, test := range map[string]struct {
		wake func(c *sock.Conn, peer *net.TCPConn)
		err  error // of the read after it; nil: a byte has come
	}{
		"bytes":     {func(_ *sock.Conn, peer *net.TCPConn) { write(t, peer, "x") }, nil},
		"end":       {func(_ *sock.Conn, peer *net.TCPConn) { _ = peer.CloseWrite() }, io.EOF},
		"interrupt": {func(c *sock.Conn, _ *net.TCPConn) { c.Interrupt() }, sock.ErrInterrupted},
		"abort":     {func(c *sock.Conn, _ *net.TCPConn) { c.Abort() }, sock.ErrAborted},
		"close":     {func(c *sock.Conn, _ *net.TCPConn) { _ = c.Close() }, net.ErrClosed},
	} {
		for _, early := range []bool{false, true} { // what comes before is not missed
			t.Run(name, func(t *testing.T) {
				c, peer := pair(t)
				woken := make(chan struct{}, 2)
				wake := func() { woken <- struct{}{} }
				if early {
					test.wake(c, peer)
				}
				parked := c.Park(wake)
				if !early {
					if !parked {
						t.Fatal("not parked")
					}
					test.wake(c, peer)
				}
				if parked {
					<-woken
				} else if test.err == nil || errors.Is(test.err, io.EOF) {
					t.Error("not parked")
				}
				var one [1]byte
				if n, err := c.Read(one[:]); !errors.Is(err, test.err) || err == nil && n != 1 {
					t.Errorf("read %d, %v", n, err)
				}
				c.Interrupt()
				c.Abort()
				if len(woken) > 0 {
					t.Error("woken twice")
				}
			})
		}
	}
}

// Many park and are woken at a time, again and again, by two sides: none is
// forgotten.
func TestParkMany(t *testing.T) {
	const conns, rounds = 40, 50
	var all sync.WaitGroup
	for range conns {
		c, peer := pair(t)
		got := make(chan struct{}, 1)
		var wake func()
		var n int
		wake = func() {
			for {
				var one [1]byte
				_, err := c.Read(one[:])
				if errors.Is(err, sock.ErrInterrupted) {
					c.Resume()
				} else if err != nil {
					t.Error(err)
				} else {
					n++
					got <- struct{}{}
				}
				if n == rounds || c.Park(wake) {
					return
				}
			}
		}
		if !c.Park(wake) {
			t.Fatal("not parked")
		}
		all.Go(func() {
			for range rounds {
				write(t, peer, "x")
				c.Interrupt()
				<-got
			}
		})
	}
	all.Wait()
}
