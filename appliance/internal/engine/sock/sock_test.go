// SPDX-License-Identifier: Apache-2.0

package sock_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// pair returns two ends of a TCP connection.
func pair(t testing.TB) (ours *sock.Conn, theirs *net.TCPConn) {
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
	ours, err = sock.New(conn.(*net.TCPConn))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ours.Close()
		peer.Close()
	})
	return ours, peer.(*net.TCPConn)
}

func write(t testing.TB, to io.Writer, s string) {
	t.Helper()
	if _, err := io.WriteString(to, s); err != nil {
		t.Error(err)
	}
}

func TestReadAndWrite(t *testing.T) {
	c, peer := pair(t)
	write(t, peer, "hello")
	p := make([]byte, 10)
	if n, err := c.Read(p); err != nil || string(p[:n]) != "hello" {
		t.Errorf("%q, %v", p[:n], err)
	}
	big := bytes.Repeat([]byte("0123456789"), 500_000) // more than the socket takes at once
	var got []byte
	var reading sync.WaitGroup
	reading.Go(func() { got, _ = io.ReadAll(peer) })
	if n, err := c.Write(big); err != nil || n != len(big) {
		t.Errorf("wrote %d, %v", n, err)
	}
	if err := c.CloseWrite(); err != nil {
		t.Error(err)
	}
	reading.Wait()
	if !bytes.Equal(got, big) {
		t.Errorf("%d bytes arrived", len(got))
	}
	peer.Close()
	if n, err := c.Read(p); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %d, %v", n, err)
	}
}

// A deadline that moves on never fires early, one that comes nearer fires when
// it says, and one that has passed fires at once.
func TestDeadlines(t *testing.T) {
	c, peer := pair(t)
	p := make([]byte, 10)
	c.ReadBy(sock.Now() + sock.Instant(20*time.Millisecond))
	c.ReadBy(sock.Now() + sock.Instant(time.Hour)) // the timer stays where it was
	time.AfterFunc(60*time.Millisecond, func() { write(t, peer, "late") })
	if n, err := c.Read(p); err != nil || string(p[:n]) != "late" {
		t.Errorf("%q, %v", p[:n], err)
	}
	near := sock.Now() + sock.Instant(20*time.Millisecond)
	c.ReadBy(near)
	if _, err := c.Read(p); !errors.Is(err, os.ErrDeadlineExceeded) || sock.Now() < near {
		t.Errorf("error %v", err)
	}
	write(t, peer, "more")
	if _, err := c.Read(p); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after it: %v", err)
	}
	c.ReadBy(0)
	if n, err := c.Read(p); err != nil || string(p[:n]) != "more" {
		t.Errorf("%q, %v", p[:n], err)
	}
	for {
		c.WriteBy(sock.Now() + sock.Instant(10*time.Millisecond))
		if _, err := c.Write(make([]byte, 1<<20)); err != nil { // nobody reads
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error(err)
			}
			break
		}
	}
}

// What ends a wait from outside does so whenever it comes, before the wait or
// during it, and whatever the owner does to the deadline.
func TestInterruptAndAbort(t *testing.T) {
	c, peer := pair(t)
	p := make([]byte, 10)
	for range 200 {
		go c.Interrupt()
		c.ReadBy(sock.Now() + sock.Instant(time.Hour))
		if _, err := c.Read(p); !errors.Is(err, sock.ErrInterrupted) {
			t.Fatal(err)
		}
		c.Resume()
	}
	write(t, peer, "x")
	if n, err := c.Read(p); n != 1 || err != nil {
		t.Errorf("after it: %d, %v", n, err)
	}
	go c.Abort()
	if _, err := c.Read(p); !errors.Is(err, sock.ErrAborted) {
		t.Error(err)
	}
	c.Resume()
	if _, err := c.Write(p); !errors.Is(err, sock.ErrAborted) {
		t.Error(err)
	}
}

func TestQueryAndAnswer(t *testing.T) {
	c, peer := pair(t)
	question := bytes.Repeat([]byte("?"), 8<<20) // does not fit the socket
	for _, q := range [][]byte{[]byte("?"), question} {
		var serving sync.WaitGroup
		serving.Go(func() {
			if _, err := io.ReadFull(peer, make([]byte, len(q))); err != nil {
				t.Error(err)
			}
			write(t, peer, "answer")
		})
		p := make([]byte, 10)
		if n, sent, err := c.Query(q, p); err != nil || sent != len(q) || string(p[:n]) != "answer" {
			t.Errorf("%q, sent %d, %v", p[:n], sent, err)
		}
		serving.Wait()
	}
	peer.Close()
	for range 3 {
		n, sent, err := c.Query([]byte("?"), make([]byte, 10))
		if n != 0 || err == nil {
			t.Errorf("of a peer that has gone: %d, sent %d, %v", n, sent, err)
		}
	}
}

// S1-35: gone is who has closed, not who is silent or has sent something.
func TestGone(t *testing.T) {
	c, peer := pair(t)
	if err := c.Gone(); err != nil {
		t.Errorf("silent: %v", err)
	}
	write(t, peer, "x")
	p := make([]byte, 1)
	if _, err := c.Read(p); err != nil {
		t.Fatal(err)
	}
	_ = peer.CloseWrite()
	c.ReadBy(sock.Now() + sock.Instant(10*time.Second))
	if _, err := c.Read(p); !errors.Is(err, io.EOF) { // it has arrived
		t.Fatal(err)
	}
	if err := c.Gone(); !errors.Is(err, io.EOF) {
		t.Errorf("closed: %v", err)
	}
	closed := 0
	c.OnClose(func() { closed++ })
	c.Close()
	c.Close()
	if closed != 1 {
		t.Errorf("told %d times of the close", closed)
	}
	if err := c.Gone(); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("closed on our side: %v", err)
	}
}

func BenchmarkQuery(b *testing.B) {
	c, peer := pair(b)
	go func() {
		p := make([]byte, 100)
		for {
			n, err := peer.Read(p)
			if err != nil {
				return
			}
			if _, err := peer.Write(p[:n]); err != nil {
				return
			}
		}
	}()
	question, p := []byte("question"), make([]byte, 100)
	b.Run("Query", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := c.Query(question, p); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Write, Read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = c.Write(question)
			if _, err := c.Read(p); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("of package net", func(b *testing.B) {
		b.ReportAllocs()
		plain := c.NetConn()
		for b.Loop() {
			_, _ = plain.Write(question)
			if _, err := plain.Read(p); err != nil {
				b.Fatal(err)
			}
		}
	})
}
