// SPDX-License-Identifier: Apache-2.0

package load

import (
	"crypto/tls"
	"fmt"
	"net"
	"time"
)

// Requests are requests over HTTP/1.1 that are all the same.
type Requests struct {
	Connections int
	Head        []byte      // of a request without a body
	Size        int64       // of the response's body, in bytes
	TLS         *tls.Config // plain text if nil
}

// Get returns the head of a GET, with further fields as "Name: value".
func Get(host, path string, fields ...string) []byte {
	head := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench/1\r\nAccept: */*\r\n", path, host)
	for _, f := range fields {
		head += f + "\r\n"
	}
	return []byte(head + "\r\n")
}

// Loop keeps all connections busy with requests.
func (q *Requests) Loop(address string) *Loop {
	return start(q.Connections, func(l *Loop, w *worker) {
		for !l.stopped() {
			if err := q.connection(l, w, address); err != nil {
				w.fail(err)
				time.Sleep(pause)
			}
		}
	})
}

func (q *Requests) connection(l *Loop, w *worker, address string) error {
	c, err := q.dial(address)
	if err != nil {
		return err
	}
	l.open(c)
	defer l.close(c)
	r := newReader(c, 32<<10)
	for !l.stopped() {
		if err := q.one(c, r); err != nil {
			return err
		}
		w.done.Add(1)
	}
	return nil
}

func (q *Requests) one(c net.Conn, r *reader) error {
	if _, err := c.Write(q.Head); err != nil {
		return fmt.Errorf("send a request: %w", err)
	}
	return q.check(r)
}

// check reads a response and holds that it is the one that was wanted.
func (q *Requests) check(r *reader) error {
	status, size, err := r.response(nil)
	if err != nil {
		return err
	}
	if status != 200 || size != q.Size {
		return fmt.Errorf("the response has status %d and %d bytes, not 200 and %d", status, size, q.Size)
	}
	return nil
}

func (q *Requests) dial(address string) (net.Conn, error) {
	c, err := net.DialTimeout("tcp", address, patience)
	if err != nil || q.TLS == nil {
		return c, err
	}
	secured := tls.Client(c, q.TLS)
	if err := secured.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if err := secured.Handshake(); err != nil {
		c.Close()
		return nil, err
	}
	if s := secured.ConnectionState(); s.Version != tls.VersionTLS13 || s.CipherSuite != tls.TLS_AES_128_GCM_SHA256 {
		c.Close()
		return nil, fmt.Errorf("the connection speaks %s with %s: the comparison is with TLS 1.3 and TLS_AES_128_GCM_SHA256",
			tls.VersionName(s.Version), tls.CipherSuiteName(s.CipherSuite))
	}
	return secured, secured.SetDeadline(time.Time{})
}
