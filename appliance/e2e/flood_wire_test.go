// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// patience bounds what a test waits for; nothing passes or fails by speed
// that takes less.
const patience = 30 * time.Second

// dialSmall connects with a receive buffer so small that an answer of any
// size is soon held back.
func dialSmall(t testing.TB, address string) *net.TCPConn {
	t.Helper()
	dialer := net.Dialer{Timeout: patience, Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		if outer := raw.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096)
		}); outer != nil {
			return outer
		}
		return err
	}}
	conn, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

// A wire is a client's HTTP/2 connection that sends whatever it is told.
type wire struct {
	net.Conn
	framer  *http2.Framer
	out     bytes.Buffer // frames that were not sent yet
	encoder *hpack.Encoder
	block   bytes.Buffer
}

// dialWire connects and sends the preface with settings.
func dialWire(t testing.TB, address string, settings ...http2.Setting) *wire {
	t.Helper()
	w := &wire{Conn: dialSmall(t, address)}
	w.framer = http2.NewFramer(&w.out, w.Conn)
	w.framer.AllowIllegalWrites = true
	w.encoder = hpack.NewEncoder(&w.block)
	w.out.WriteString(http2.ClientPreface)
	must(t, w.framer.WriteSettings(settings...))
	must(t, w.flush())
	return w
}

// flush sends all frames at once.
func (w *wire) flush() error {
	_, err := w.out.WriteTo(w.Conn)
	return err
}

// fields encodes a request's fields: names and values, in turn.
func (w *wire) fields(pairs ...string) []byte {
	w.block.Reset()
	for i := 0; i < len(pairs); i += 2 {
		_ = w.encoder.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1], Sensitive: true}) // a buffer takes everything
	}
	return bytes.Clone(w.block.Bytes())
}

// get encodes a GET.
func (w *wire) get(path string) []byte {
	return w.fields(":method", "GET", ":scheme", "http", ":authority", "localhost", ":path", path)
}

// An end is how the gateway ended a connection.
type end struct {
	goaway bool
	code   http2.ErrCode
	err    error // of the read that found the end
}

func (e end) String() string {
	if e.goaway {
		return fmt.Sprintf("GOAWAY %v, then %v", e.code, e.err)
	}
	return fmt.Sprintf("no GOAWAY, then %v", e.err)
}

// closed reports whether the gateway has closed the connection: no read ran
// into a deadline, which is the test's own.
func (e end) closed() bool { return !errors.Is(e.err, os.ErrDeadlineExceeded) }

// watch reads frames until the connection ends.
func (w *wire) watch() <-chan end {
	ended := make(chan end, 1)
	go func() {
		var e end
		for {
			f, err := w.framer.ReadFrame()
			if errors.As(err, new(http2.StreamError)) {
				continue
			}
			if err != nil {
				e.err = err
				ended <- e
				return
			}
			if g, ok := f.(*http2.GoAwayFrame); ok && (!e.goaway || g.ErrCode != http2.ErrCodeNo) {
				e.goaway, e.code = true, g.ErrCode
			}
		}
	}()
	return ended
}

// await waits for a connection's end.
func await(t testing.TB, ended <-chan end) end {
	t.Helper()
	select {
	case e := <-ended:
		if !e.closed() {
			t.Fatalf("the gateway did not end the connection: %v", e)
		}
		return e
	case <-time.After(2 * patience):
		t.Fatal("the gateway did not end the connection")
	}
	return end{}
}

// repeat calls send, which sends a part of a flood, until the connection ends
// or the flood is over, and returns how often it did.
func repeat(ended <-chan end, most int, send func(i int) error) (int, end, bool) {
	for i := range most {
		select {
		case e := <-ended:
			return i, e, true
		default:
		}
		if err := send(i); err != nil {
			return i, <-ended, true
		}
	}
	return most, end{}, false
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// within waits for an event.
func within(t testing.TB, what string, event <-chan struct{}) {
	t.Helper()
	select {
	case <-event:
	case <-time.After(patience):
		t.Fatalf("%s did not happen within %s", what, patience)
	}
}

// readAll reads an HTTP/1.1 connection to its end.
func readAll(conn net.Conn) (string, error) {
	b, err := io.ReadAll(conn)
	return string(b), err
}
