// SPDX-License-Identifier: Apache-2.0

// Package tunnel reads connections that have been upgraded (RFC 9110, section
// 7.8), whichever side they are on. While nothing comes out of one it needs no
// buffer, and after a second no goroutine either.
package tunnel

import (
	"errors"
	"io"
	"os"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// A Clock bounds how long nothing may come.
type Clock interface {
	// Touch says that something has come.
	Touch()

	// ReadsBy returns when the read that begins now ends; 0: never.
	ReadsBy() sock.Instant

	// Again reports whether a read that ended then is to be tried again.
	Again() bool
}

// A Source is an upgraded connection as it is read, by one reader at a time.
type Source struct {
	Socket *sock.Conn
	Secure io.Reader // TLS over it; nil: there is none
	Early  []byte    // has come already; whoever reads takes it
	Clock  Clock     // nil: reads wait for ever
}

var (
	_ io.Reader   = (*Source)(nil)
	_ io.WriterTo = (*Source)(nil)
)

// Read implements io.Reader. An interruption of the socket is for others: a
// tunnel outlives its listener's retirement.
func (s *Source) Read(p []byte) (int, error) {
	if len(s.Early) > 0 {
		n := copy(p, s.Early)
		if s.Early = s.Early[n:]; len(s.Early) == 0 {
			s.Early = nil
		}
		return n, nil
	}
	var from io.Reader = s.Socket
	if s.Secure != nil {
		from = s.Secure
	}
	for {
		s.wait()
		n, err := from.Read(p)
		if n > 0 {
			s.touch()
			return n, nil
		}
		if err = s.verdict(err); err != nil {
			return 0, err
		}
	}
}

// WriteTo implements io.WriterTo. Without TLS it returns [sock.ErrResting] when
// nothing has come for a while, so that its caller can go on with less: by
// [Source.Park], or from a goroutine with a small stack.
func (s *Source) WriteTo(w io.Writer) (int64, error) {
	r := relay{source: s, to: w}
	defer r.release()
	if early := s.Early; len(early) > 0 {
		s.Early = nil
		r.pass(early)
	}
	for r.failed == nil {
		var err error
		if s.Secure == nil {
			s.wait() // the time may have moved on: the other direction carried something
			err = s.Socket.Loop(&r)
		} else {
			err = r.next()
		}
		switch err = s.verdict(err); {
		case errors.Is(err, io.EOF) && r.failed == nil:
			return r.moved, nil
		case err != nil && r.failed == nil:
			return r.moved, err
		}
	}
	return r.moved, r.failed
}

// Park has wake called on a new goroutine when WriteTo has something to do. See
// [sock.Conn.Park]; the clock does not count meanwhile.
func (s *Source) Park(wake func()) bool { return s.Secure == nil && s.Socket.Park(wake) }

// verdict returns the error that ends reading, or nil to go on.
func (s *Source) verdict(err error) error {
	switch {
	case errors.Is(err, sock.ErrInterrupted):
		s.Socket.Resume()
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded) && s.Clock != nil && s.Clock.Again():
		return nil
	}
	return err
}

func (s *Source) touch() {
	if s.Clock != nil {
		s.Clock.Touch()
	}
}

func (s *Source) wait() {
	if s.Clock != nil {
		s.Socket.ReadBy(s.Clock.ReadsBy())
	}
}
