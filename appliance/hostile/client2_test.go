// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// A case2 is what a client of HTTP/2 sends, frame by frame, and what comes of
// it.
type case2 struct {
	name string
	law  string
	play func(c *client2)

	// want is what comes first of: the status of the answer on the stream that is
	// judged and how it ends, as in "200", "400" or "200 cut"; its reset, as in
	// "reset PROTOCOL_ERROR"; or the connection's end, "goaway PROTOCOL_ERROR".
	// Several such, with " | " between them, are all right. After an answer or a
	// reset the connection is good for another request, or has been given up with
	// a GOAWAY without error.
	want   string
	seen   []string // requests that the upstream saw
	cut    bool     // the upstream may have seen the beginning of one more
	stream uint32   // that is judged; 1 if not given
	bare   bool     // the case sends the preface itself, or none

	listener string            // that is spoken to; "main" if not given
	unlike   map[string]string // judges that need not agree, and why
}

// A client2 writes frames of HTTP/2, right ones and wrong ones.
type client2 struct {
	conn    net.Conn
	framer  *http2.Framer
	block   bytes.Buffer
	encoder *hpack.Encoder
	decoder *hpack.Decoder
	sent    chan struct{} // closed when nobody writes who must not be interrupted
	acks    int           // SETTINGS that are to be acknowledged then
	leaving bool          // the gateway has announced that it closes the connection, without an error
}

func newClient2(conn net.Conn) *client2 {
	c := &client2{conn: conn, framer: http2.NewFramer(conn, conn), decoder: hpack.NewDecoder(4096, nil), sent: make(chan struct{})}
	c.framer.AllowIllegalWrites = true
	c.framer.AllowIllegalReads = true
	c.framer.SetMaxReadFrameSize(1 << 20)
	c.encoder = hpack.NewEncoder(&c.block)
	return c
}

// hello sends the client's preface.
func (c *client2) hello(settings ...http2.Setting) {
	c.raw(http2.ClientPreface)
	_ = c.framer.WriteSettings(settings...)
}

func (c *client2) raw(text string) { _, _ = io.WriteString(c.conn, text) }

// frame writes any frame.
func (c *client2) frame(kind, flags byte, stream uint32, payload string) {
	n := len(payload)
	c.raw(string([]byte{byte(n >> 16), byte(n >> 8), byte(n), kind, flags, byte(stream >> 24), byte(stream >> 16), byte(stream >> 8), byte(stream)}) + payload)
}

// encode returns fields as a block; they are given as "name: value" or, to
// hold anything, as name and value with a NUL and a colon between them.
func (c *client2) encode(fields ...string) []byte {
	c.block.Reset()
	for _, f := range fields {
		name, value, ok := strings.Cut(f, "\x00:")
		if !ok {
			at := strings.Index(f[1:], ": ") + 1
			name, value = f[:at], f[at+2:]
		}
		_ = c.encoder.WriteField(hpack.HeaderField{Name: name, Value: value})
	}
	return slices.Clone(c.block.Bytes())
}

// What the flags of HEADERS and DATA say.
const (
	end      = true
	more     = false
	flagEnd  = 0x1
	flagHead = 0x4
	flagPad  = 0x8
	flagPrio = 0x20
)

// headers sends a whole block.
func (c *client2) headers(stream uint32, endStream bool, fields ...string) {
	_ = c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: c.encode(fields...), EndStream: endStream, EndHeaders: true})
}

func (c *client2) data(stream uint32, endStream bool, body string) {
	_ = c.framer.WriteData(stream, endStream, []byte(body))
}

// get is a whole request of the stream, with fields added.
func (c *client2) get(stream uint32, path string, fields ...string) {
	c.headers(stream, end, append(pseudo("GET", path), fields...)...)
}

// post begins a request with a body.
func (c *client2) post(stream uint32, path string, fields ...string) {
	c.headers(stream, more, append(pseudo("POST", path), fields...)...)
}

func pseudo(method, path string) []string {
	return []string{":method: " + method, ":scheme: http", ":authority: a.test", ":path: " + path}
}

// outcome reads until it is known what came of a stream.
func (c *client2) outcome(stream uint32) string {
	status := ""
	var blocks bytes.Buffer
	for {
		f, err := c.framer.ReadFrame()
		c.acknowledge()
		if err != nil {
			return strings.TrimSpace(status + " " + ended(err))
		}
		var done bool
		switch f := f.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				c.acks++
			}
		case *http2.GoAwayFrame:
			if f.ErrCode != http2.ErrCodeNo {
				return "goaway " + f.ErrCode.String()
			}
			c.leaving = true
		case *http2.RSTStreamFrame:
			if f.StreamID != stream {
				break
			}
			if status != "" && f.ErrCode == http2.ErrCodeNo { // "the rest of the request is not needed"
				return status
			}
			if status != "" {
				return status + " cut"
			}
			return "reset " + f.ErrCode.String()
		case *http2.HeadersFrame:
			blocks.Write(f.HeaderBlockFragment())
			if f.HeadersEnded() {
				answered(c.decoder, &blocks, &status, f.StreamID == stream)
			}
			done = f.StreamEnded() && f.StreamID == stream
		case *http2.ContinuationFrame:
			blocks.Write(f.HeaderBlockFragment())
			if f.HeadersEnded() {
				answered(c.decoder, &blocks, &status, f.StreamID == stream)
			}
		case *http2.DataFrame:
			done = f.StreamEnded() && f.StreamID == stream
		}
		if done {
			return status
		}
	}
}

// acknowledge answers SETTINGS, but never in the middle of what a case sends.
func (c *client2) acknowledge() {
	select {
	case <-c.sent:
		for ; c.acks > 0; c.acks-- {
			_ = c.framer.WriteSettingsAck()
		}
	default:
	}
}

// answered decodes a block and keeps the final status, if it is of the stream.
func answered(decoder *hpack.Decoder, blocks *bytes.Buffer, status *string, mine bool) {
	fields, _ := decoder.DecodeFull(blocks.Bytes())
	blocks.Reset()
	for _, f := range fields {
		if mine && f.Name == ":status" && !strings.HasPrefix(f.Value, "1") {
			*status = f.Value
		}
	}
}

// testHTTP2 runs cases of HTTP/2.
func testHTTP2(t *testing.T, b *bench, cases []case2) {
	names := make(map[string]bool)
	for _, test := range cases {
		if names[test.name] {
			t.Errorf("two cases have the name %q", test.name)
		}
		names[test.name] = true
		t.Run(test.name, func(t *testing.T) {
			b.recorder.begin()
			if got := test.run(t, b); !slices.Contains(strings.Split(test.want, " | "), got) {
				t.Errorf("%s: the client got %q, want %q", test.law, got, test.want)
			}
			b.judgeSights(t, test.seen, test.cut, test.unlike)
		})
	}
}

// lastStream carries the request that shows what a connection is good for.
const lastStream = 1001

func (test *case2) run(t *testing.T, b *bench) string {
	t.Helper()
	listener := test.listener
	if listener == "" {
		listener = "main"
	}
	conn := b.dial(t, listener)
	defer conn.Close()
	c := newClient2(conn)
	go func() {
		defer close(c.sent)
		if !test.bare {
			c.hello()
		}
		test.play(c)
	}()
	defer func() { conn.Close(); <-c.sent }()
	stream := test.stream
	if stream == 0 {
		stream = 1
	}
	got := c.outcome(stream)
	if strings.HasPrefix(got, "goaway") || strings.HasSuffix(got, "close") || strings.HasSuffix(got, "silence") {
		return got
	}
	<-c.sent
	c.headers(lastStream, end, ":method: GET", ":scheme: http", ":authority: probe.test", ":path: /probe")
	if last := c.outcome(lastStream); last != "200" && !c.leaving {
		return fmt.Sprintf("%s, and the next request %s", got, last)
	}
	return got
}
