// SPDX-License-Identifier: Apache-2.0

package sock_test

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// within waits until a look at a connection gives an error, or nil, as wanted:
// what the peer did takes a moment to arrive.
func within(t *testing.T, what string, want error, look func() error) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		err := look()
		if errors.Is(err, want) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// An unused connection tells whether the peer has sent something, ended in
// order or broken off, and nothing of it is taken.
func TestQuiet(t *testing.T) {
	c, peer := pair(t)
	if err := c.Quiet(); err != nil {
		t.Errorf("at first: %v", err)
	}
	write(t, peer, "x")
	within(t, "bytes", sock.ErrUnasked, c.Quiet)
	p := make([]byte, 2)
	if n, err := c.Read(p); n != 1 || err != nil || p[0] != 'x' {
		t.Errorf("read %d, %v", n, err)
	}
	if err := c.Quiet(); err != nil {
		t.Errorf("after the bytes: %v", err)
	}
	peer.Close()
	within(t, "the end", io.EOF, c.Quiet)

	c, peer = pair(t)
	_ = peer.SetLinger(0)
	peer.Close()
	for end := time.Now().Add(20 * time.Second); c.Quiet() == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a reset is never seen")
		}
	}
	c.Close()
	if c.Quiet() == nil {
		t.Error("a closed connection is quiet")
	}
}

func TestQuietDoesNotAllocate(t *testing.T) {
	c, _ := pair(t)
	if n := testing.AllocsPerRun(100, func() {
		if err := c.Quiet(); err != nil {
			t.Error(err)
		}
	}); n >= 1 {
		t.Errorf("%v allocations", n)
	}
}

func TestQuery(t *testing.T) {
	c, peer := pair(t)
	var echoing sync.WaitGroup
	defer echoing.Wait()
	big := bytes.Repeat([]byte("0123456789"), 500_000) // more than the socket takes at once
	echoing.Go(func() {
		for _, size := range []int{5, len(big)} {
			got := make([]byte, size)
			if _, err := io.ReadFull(peer, got); err != nil {
				t.Error(err)
			}
			write(t, peer, "yes")
		}
		peer.Close()
	})
	p := make([]byte, 10)
	for _, request := range [][]byte{[]byte("hello"), big} {
		if n, sent, err := c.Query(request, p); err != nil || sent != len(request) || string(p[:n]) != "yes" {
			t.Errorf("%q, sent %d of %d, %v", p[:n], sent, len(request), err)
		}
	}
	within(t, "the end", io.EOF, c.Quiet)
	if n, sent, err := c.Query([]byte("more"), p); n != 0 || sent != 4 || err == nil {
		t.Errorf("after the end: %d, sent %d, %v", n, sent, err)
	}
	within(t, "the reset", io.EOF, c.Quiet)
	if n, sent, err := c.Query([]byte("more"), p); n != 0 || sent != 0 || err == nil {
		t.Errorf("after the reset: %d, sent %d, %v", n, sent, err)
	}
}
