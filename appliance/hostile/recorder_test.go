// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"bytes"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds what a test waits for; nothing that works takes as long.
const patience = 10 * time.Second

// A recorder is an upstream that keeps every byte that it is sent. It reads
// requests as leniently as the worst of servers, so that what the gateway lets
// through is believed, and answers each of them.
type recorder struct {
	listener net.Listener
	serving  sync.WaitGroup

	mu      sync.Mutex
	changed *sync.Cond
	conns   []*recording
}

// A recording is what came on one connection.
type recording struct {
	conn  net.Conn
	raw   []byte
	parts []span // of raw, the complete requests
	mark  int    // where the case that runs began in raw
	part  int    // and in parts
	ended bool
}

type span struct{ from, to int }

// A sight is a request as the upstream saw it.
type sight struct {
	raw      string
	complete bool
}

func record(t testing.TB) *recorder {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{listener: listener}
	r.changed = sync.NewCond(&r.mu)
	r.serving.Go(r.accept)
	t.Cleanup(func() {
		listener.Close()
		r.mu.Lock()
		for _, c := range r.conns {
			c.conn.Close()
		}
		r.mu.Unlock()
		r.serving.Wait()
	})
	return r
}

func (r *recorder) port() int { return r.listener.Addr().(*net.TCPAddr).Port }

func (r *recorder) accept() {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return
		}
		c := &recording{conn: conn}
		r.mu.Lock()
		r.conns = append(r.conns, c)
		r.mu.Unlock()
		r.serving.Go(func() { r.serve(c) })
	}
}

func (r *recorder) serve(c *recording) {
	defer func() {
		c.conn.Close()
		r.mu.Lock()
		c.ended = true
		r.changed.Broadcast()
		r.mu.Unlock()
	}()
	buffer := make([]byte, 64<<10)
	start, told := 0, false
	for {
		n, err := c.conn.Read(buffer)
		r.mu.Lock()
		c.raw = append(c.raw, buffer[:n]...)
		var answers strings.Builder
		for {
			m := readLeniently(c.raw[start:])
			if !told && m.expects {
				answers.WriteString("HTTP/1.1 100 Continue\r\n\r\n")
				told = true
			}
			if m.length == 0 {
				break
			}
			c.parts = append(c.parts, span{start, start + m.length})
			start, told = start+m.length, false
			answers.WriteString(m.answer())
		}
		r.changed.Broadcast()
		r.mu.Unlock()
		if answers.Len() > 0 {
			_, _ = io.WriteString(c.conn, answers.String())
		}
		if err != nil {
			return
		}
	}
}

// begin forgets what came so far.
func (r *recorder) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	open := r.conns[:0]
	for _, c := range r.conns {
		if !c.ended {
			c.mark, c.part = len(c.raw), len(c.parts)
			open = append(open, c)
		}
	}
	r.conns = open
}

// sights returns the requests that came since begin, but for the probes. One
// that is not complete is waited for, until its connection has ended: stalled
// reports that it has not.
func (r *recorder) sights() (all []sight, stalled bool) {
	late := time.AfterFunc(patience, r.changed.Broadcast)
	defer late.Stop()
	deadline := time.Now().Add(patience)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		for !c.ended && c.rest() != "" && time.Now().Before(deadline) {
			r.changed.Wait()
		}
		for _, p := range c.parts[c.part:] {
			if raw := string(c.raw[p.from:p.to]); !isProbe(raw) {
				all = append(all, sight{raw, true})
			}
		}
		if rest := c.rest(); rest != "" {
			all = append(all, sight{rest, false})
			stalled = stalled || !c.ended
		}
	}
	return all, stalled
}

// rest returns the bytes that came after the last complete request.
func (c *recording) rest() string {
	at := c.mark
	if n := len(c.parts); n > 0 {
		at = max(at, c.parts[n-1].to)
	}
	return string(c.raw[at:])
}

// A lenient is what a careless server makes of the bytes before it.
type lenient struct {
	length   int // of the whole request; 0 if it is not complete
	method   string
	target   string
	expects  bool
	switches bool
}

func (m lenient) answer() string {
	switch {
	case m.switches && strings.HasPrefix(m.target, "/switch"):
		return "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
	case m.method == "HEAD":
		return "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
	}
	return "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nseen"
}

// readLeniently takes bare line feeds for line ends, the first length it finds
// for the body's, and anything that mentions chunks for chunks.
func readLeniently(raw []byte) (m lenient) {
	head, ok := headEnd(raw)
	if !ok {
		return m
	}
	size, chunked := 0, false
	for i, line := range strings.Split(string(raw[:head]), "\n") {
		line = strings.Trim(line, "\r")
		if i == 0 {
			if words := strings.Fields(line); len(words) > 1 {
				m.method, m.target = words[0], words[1]
			}
			continue
		}
		name, value, _ := strings.Cut(strings.ToLower(line), ":")
		switch value = strings.TrimSpace(value); strings.TrimSpace(name) {
		case "transfer-encoding":
			chunked = chunked || strings.Contains(value, "chunked")
		case "content-length":
			if n, err := strconv.Atoi(strings.SplitN(value, ",", 2)[0]); err == nil && n >= 0 && size == 0 {
				size = n
			}
		case "expect":
			m.expects = true
		case "upgrade":
			m.switches = true
		}
	}
	switch {
	case chunked:
		if n, ok := chunkedEnd(raw[head:]); ok {
			m.length = head + n
		}
	case len(raw)-head >= size:
		m.length = head + size
	}
	return m
}

// headEnd returns where a head ends: behind the first empty line.
func headEnd(raw []byte) (int, bool) {
	at := 0
	for {
		i := bytes.IndexByte(raw[at:], '\n')
		if i < 0 {
			return 0, false
		}
		if line := bytes.Trim(raw[at:at+i], "\r"); len(line) == 0 && at > 0 {
			return at + i + 1, true
		}
		at += i + 1
	}
}

// chunkedEnd returns where a chunked body ends, its trailers included.
func chunkedEnd(raw []byte) (int, bool) {
	at, last := 0, false
	for {
		i := bytes.IndexByte(raw[at:], '\n')
		if i < 0 {
			return 0, false
		}
		line := strings.Trim(string(raw[at:at+i]), "\r\t ")
		at += i + 1
		if last {
			if line == "" {
				return at, true
			}
			continue
		}
		digits := line
		if j := strings.IndexFunc(line, func(c rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", c) }); j >= 0 {
			digits = line[:j]
		}
		size, _ := strconv.ParseUint(digits, 16, 31)
		if last = size == 0; last {
			continue
		}
		if at += int(size); at > len(raw) {
			return 0, false
		}
		if at < len(raw) && raw[at] == '\r' {
			at++
		}
		if at < len(raw) && raw[at] == '\n' {
			at++
		}
	}
}
