// SPDX-License-Identifier: Apache-2.0

// Package http2 speaks HTTP/2 (RFC 9113) to clients and to targets, and
// relays streams between the two.
//
// A [conn] is a connection in either role. Its reader, one goroutine, reads
// into a pooled buffer, handles all the frames that are in it, and then
// flushes what that has caused on any connection. What goes out is appended
// to the connection's buffer under its lock, and flushed by whoever appended
// first: it lets others run, who append and go on, and then writes what they all
// have appended, in one go. A flush never waits for the peer: what a
// socket does not take is left to a goroutine that lives until it does.
//
// A stream has two halves: in takes what the peer sends, within the window
// that was granted; out holds what waits for the peer's windows. [relay] links
// the in of one stream to the out of another one, of another connection: the
// reader then appends what comes to the other connection directly, and gives
// credit for what has been passed on.
//
// # Opening a stream as a client
//
// Everything about the order of streams and of compressed heads happens under
// one lock:
//
//	var o outgoing
//	c.mu.Lock()
//	// check c.err, c.peer.maxStreams against c.streams.len(), c.goAwaySent, ...
//	s.init(c, c.takeID())           // s is part of the client's own call object
//	c.add(s)
//	c.beginHead()
//	c.field(":method", "GET") ...   // any number; names in small letters
//	c.endHead(s, end)               // HEADERS, and CONTINUATION if need be
//	s.push(data, end, o)            // what of the body is there already, or
//	c.unlock(&o)
//	relay(in, s, &o)                // links a body that is the in of another stream
//	o.flush(true)                   // one write for all of it
//
// # Locks
//
// conn.mu guards the outgoing side: buffer, HPACK encoder, the map of streams,
// both levels of the peer's windows and every stream's out. inbound.mu guards
// one stream's in. The order is inbound.mu before conn.mu; nobody ever holds
// the mu of two connections. What becomes due on another connection while a
// conn.mu is held (credit for a relay's source) is done by conn.unlock.
package http2

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/hpack"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// settings are what the two roles do differently.
type settings struct {
	server       bool
	streamWindow int32         // of what each stream may send us at first
	connWindow   int32         // of what all of them may
	eager        bool          // credit for the connection is given on receipt, not on consumption
	maxStreams   int           // SETTINGS_MAX_CONCURRENT_STREAMS that we announce; 0: none may be opened
	stall        time.Duration // see session.Options.StallTimeout; of socket writes

	// limits returns what a field section may have at most.
	limits func() (bytes, fields int)
}

// A conn is one connection, in either role.
type conn struct {
	settings
	role   role
	net    net.Conn        // read and written: socket, or TLS over it
	socket *sock.Conn      // for deadlines and the end
	raw    syscall.RawConn // of a plaintext connection: for writes that do not wait; else nil

	reader   reader
	kicked   atomic.Bool  // the reader is to call role.tick now
	window   atomic.Int64 // what the peer may still send us on the connection
	owed     atomic.Int64 // consumed and not yet credited
	sentData atomic.Int64 // frames of DATA appended so far

	mu      sync.Mutex
	err     error  // the connection has ended
	cause   error  // why we end it: what streams are told
	streams table  // all that are not closed on both sides
	lastID  uint32 // the highest id that the peer has opened (server), or that we have (client)
	peer    peerSettings
	send    int64        // what we may still send on the connection
	grown   int64        // by how much the windows of the streams that are open have grown
	ready   ring         // streams that could send but for the connection's window or buffer
	credits []credit     // what unlock has to do on other connections
	idle    sock.Instant // since when there has been no stream; 0: there is one
	past    history      // streams that were closed last

	goAwayFinal bool   // a GOAWAY with the final id has been sent
	goAwayLast  uint32 // that id: frames of higher ones are ignored
	out         []byte // appended, not yet written
	outMem      memory // what out lies in
	flushing    bool
	promised    bool          // the connection is in somebody's outgoing, who flushes it soon
	control     int           // bytes in out that the peer made us answer with
	closing     bool          // the end of what is in out is the end of the connection
	resting     chan struct{} // closed when the connection ends; nil but for rest
	enc         hpack.Encoder
	block       int // where in out the head begins that is being encoded

	workers    *workers
	try        attempt // a write that does not wait, of whoever flushes
	writing    []byte  // what drain has to write first
	writingMem memory
}

// peerSettings are the peer's SETTINGS (RFC 9113, section 6.5.2).
type peerSettings struct {
	window     int64  // SETTINGS_INITIAL_WINDOW_SIZE
	maxStreams uint32 // SETTINGS_MAX_CONCURRENT_STREAMS
	maxList    uint32 // SETTINGS_MAX_HEADER_LIST_SIZE
	connect    bool   // SETTINGS_ENABLE_CONNECT_PROTOCOL
	seen       bool   // they have come
}

// Errors of connections.
var (
	errClosed        = errors.New("the HTTP/2 connection was closed")
	errAborted       = errors.New("the HTTP/2 connection was cut off")
	errStalled       = errors.New("the peer of the HTTP/2 connection takes no bytes")
	errTimeout error = os.ErrDeadlineExceeded
)

var shard atomic.Uint32 // of the next connection

// defaultWindow is the size of every window before settings (RFC 9113,
// section 6.9.2).
const defaultWindow = 65535

// newConn returns a connection that has sent and read nothing. start, then
// run, make it one.
func newConn(role role, conn_ net.Conn, socket *sock.Conn, s settings) *conn {
	c := &conn{settings: s, role: role, net: conn_, socket: socket}
	c.peer = peerSettings{window: defaultWindow, maxStreams: 1<<32 - 1, maxList: 1<<32 - 1}
	c.send = defaultWindow
	c.window.Store(int64(max(defaultWindow, s.connWindow)))
	c.enc.Init(tableSize)
	c.reader.init(c)
	if conn_ == net.Conn(socket) {
		if tcp, ok := socket.NetConn().(*net.TCPConn); ok {
			c.raw, _ = tcp.SyscallConn() // without it, writes are left to a goroutine
		}
	}
	c.workers = &shards[shard.Add(1)%uint32(len(shards))]
	c.workers.use()
	c.try.init()
	c.idle = sock.Now()
	return c
}

// start appends what each side sends first: a client its preface, both their
// SETTINGS and the size of the connection's window.
func (c *conn) start(o *outgoing) {
	c.mu.Lock()
	defer c.unlock(o)
	if !c.server {
		c.room(len(preface))
		c.out = append(c.out, preface...)
	}
	maxBytes, _ := c.limits()
	list := []http2.Setting{
		{ID: http2.SettingInitialWindowSize, Val: uint32(c.streamWindow)},
		{ID: http2.SettingMaxHeaderListSize, Val: uint32(maxBytes)},
	}
	if c.server {
		list = append(list, http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: uint32(c.maxStreams)},
			http2.Setting{ID: http2.SettingEnableConnectProtocol, Val: 1})
	} else {
		list = append(list, http2.Setting{ID: http2.SettingEnablePush, Val: 0})
	}
	c.appendSettings(list)
	if more := c.connWindow - defaultWindow; more > 0 {
		c.appendWindowUpdate(0, uint32(more))
	}
}

// takeID returns the id of the next stream that a client opens, 0 if there is
// none left. The caller holds mu.
func (c *conn) takeID() uint32 {
	if c.lastID >= maxStreamID-1 {
		return 0
	}
	if c.lastID == 0 {
		c.lastID = 1
	} else {
		c.lastID += 2
	}
	return c.lastID
}

// add puts a stream on the list. The caller holds mu.
func (c *conn) add(s *stream) {
	c.streams.add(s)
	c.idle = 0
}

// remove takes a stream off the list. The caller holds mu.
func (c *conn) remove(s *stream) {
	if c.streams.get(s.id) != s {
		return
	}
	c.streams.remove(s)
	c.grown -= s.in.size.Load() - int64(c.streamWindow)
	if c.streams.len() == 0 {
		c.idle = sock.Now()
	}
}

// stream returns an open stream, or nil.
func (c *conn) stream(id uint32) *stream {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.streams.get(id)
}

// kick has the reader call role.tick soon.
func (c *conn) kick() {
	c.kicked.Store(true)
	c.socket.ReadBy(1)
}

// fail ends the connection and all its streams, once. What has been appended
// is not written any more.
func (c *conn) fail(err error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	if c.cause != nil {
		err = c.cause
	}
	if errors.Is(err, io.EOF) { // of the connection, not of any stream
		err = io.ErrUnexpectedEOF
	}
	c.err = err
	if c.resting != nil {
		close(c.resting)
	}
	c.mu.Unlock()
	c.socket.Abort()
	var o outgoing
	c.drop(err, &o)
	o.flush(false)
}

// drop ends all streams.
func (c *conn) drop(err error, o *outgoing) {
	c.mu.Lock()
	streams := make([]*stream, 0, c.streams.len())
	for s := range c.streams.all() {
		streams = append(streams, s)
	}
	for _, s := range streams {
		s.closeOut(err)
		c.remove(s)
	}
	c.ready = ring{}
	c.unlock(o)
	for _, s := range streams {
		s.end(err, o)
	}
}

// closeAfter ends the connection once what has been appended is written: with
// GOAWAY, if code says why. The reader goes on until then, but handles nothing.
func (c *conn) closeAfter(code http2.ErrCode, reason string, o *outgoing) {
	c.mu.Lock()
	defer c.unlock(o)
	if c.closing || c.err != nil {
		return
	}
	c.appendGoAway(c.lastPeerID(), code, reason)
	c.closing = true
}

// written reports whether the socket has taken all that was appended.
func (c *conn) written() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.out) == 0 && !c.flushing || c.err != nil
}

// lastPeerID returns the highest id of a stream that the peer opened.
func (c *conn) lastPeerID() uint32 {
	if c.server {
		return c.lastID
	}
	return 0
}

// shut ends our side of the socket, after the last GOAWAY. The reader goes on
// for a moment, so that the peer's bytes do not become a TCP reset.
func (c *conn) shut() {
	if half, ok := c.net.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // the connection ends either way
	}
}
