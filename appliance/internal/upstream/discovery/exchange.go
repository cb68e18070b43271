// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	// udpSize is the largest answer that is asked for over UDP: one that no
	// network in use has to break up (RFC 6891, section 6.2.5, and the
	// figure that resolvers have agreed on since).
	udpSize = 1232

	// readSize has room for servers that send more than they are asked for.
	readSize = 4096
)

// exchange asks one server, over UDP and, if that has not room for the answer,
// over TCP (RFC 7766). All of it may take as long as timeout. The error says
// what the server did.
func exchange(ctx context.Context, server netip.AddrPort, q question, timeout time.Duration) (*answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no answer within %s", timeout))
	defer cancel()
	a, err := attempt(ctx, server, q, true)
	var code rcodeError
	if errors.As(err, &code) && (dnsmessage.RCode(code) == dnsmessage.RCodeFormatError || dnsmessage.RCode(code) == dnsmessage.RCodeNotImplemented) {
		a, err = attempt(ctx, server, q, false) // RFC 6891, section 6.2.2: it may know nothing of extensions
	}
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return nil, cause
	}
	return a, err
}

func attempt(ctx context.Context, server netip.AddrPort, q question, extended bool) (*answer, error) {
	var random [2]byte
	rand.Read(random[:]) // never fails
	id := binary.BigEndian.Uint16(random[:])
	query, err := q.pack(id, extended)
	if err != nil {
		return nil, err
	}
	b, truncated, err := overUDP(ctx, server, q, query, id)
	if err == nil && truncated {
		b, err = overTCP(ctx, server, q, query, id)
	}
	if err != nil {
		return nil, err
	}
	a, err := parse(b)
	var code rcodeError
	if err != nil && !errors.As(err, &code) && !errors.Is(err, errLame) {
		return nil, fmt.Errorf("the answer cannot be read: %w", err)
	}
	return a, err
}

// pack writes the query (RFC 1035, section 4.1), with room for the length
// before it that TCP needs.
func (q question) pack(id uint16, extended bool) ([]byte, error) {
	name, err := dnsmessage.NewName(q.name)
	if err != nil {
		return nil, err
	}
	b := dnsmessage.NewBuilder(make([]byte, 2, 512), dnsmessage.Header{ID: id, RecursionDesired: true})
	b.EnableCompression()
	if err := b.StartQuestions(); err != nil {
		return nil, err
	}
	if err := b.Question(dnsmessage.Question{Name: name, Type: q.kind, Class: dnsmessage.ClassINET}); err != nil {
		return nil, err
	}
	if extended {
		if err := b.StartAdditionals(); err != nil {
			return nil, err
		}
		var h dnsmessage.ResourceHeader
		if err := h.SetEDNS0(udpSize, dnsmessage.RCodeSuccess, false); err != nil {
			return nil, err
		}
		if err := b.OPTResource(h, dnsmessage.OPTResource{}); err != nil {
			return nil, err
		}
	}
	return b.Finish()
}

// overUDP returns the answer, or that there is more of it than it holds. The
// port is a fresh one, and the system drops what comes from other addresses;
// what does not fit the query otherwise is passed over (RFC 5452).
func overUDP(ctx context.Context, server netip.AddrPort, q question, query []byte, id uint16) (b []byte, truncated bool, err error) {
	conn, release, err := dial(ctx, "udp", server)
	if err != nil {
		return nil, false, err
	}
	defer release()
	if _, err := conn.Write(query[2:]); err != nil {
		return nil, false, plain(err)
	}
	b = make([]byte, readSize)
	for {
		n, err := conn.Read(b)
		if err != nil {
			return nil, false, plain(err)
		}
		if h, ok := q.answers(b[:n], id); ok {
			return b[:n], h.Truncated || n == readSize, nil
		}
	}
}

func overTCP(ctx context.Context, server netip.AddrPort, q question, query []byte, id uint16) ([]byte, error) {
	conn, release, err := dial(ctx, "tcp", server)
	if err != nil {
		return nil, err
	}
	defer release()
	binary.BigEndian.PutUint16(query, uint16(len(query)-2))
	if _, err := conn.Write(query); err != nil {
		return nil, plain(err)
	}
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, plain(err)
	}
	b := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, b); err != nil {
		return nil, plain(err)
	}
	h, ok := q.answers(b, id)
	if !ok || h.Truncated {
		return nil, errors.New("the answer over TCP is not one to the question, or not all of it")
	}
	return b, nil
}

// dial makes a connection that ends with ctx.
func dial(ctx context.Context, network string, server netip.AddrPort) (conn net.Conn, release func(), err error) {
	var d net.Dialer
	if conn, err = d.DialContext(ctx, network, server.String()); err != nil {
		return nil, nil, plain(err)
	}
	stop := context.AfterFunc(ctx, func() {
		_ = conn.SetDeadline(time.Unix(1, 0)) // fails if it is closed, which is as good
	})
	return conn, func() { stop(); conn.Close() }, nil
}

// plain leaves of a network's error what is not said elsewhere: the server is
// named by who asks it.
func plain(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		err = call.Err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the server closed the connection")
	}
	return err
}
