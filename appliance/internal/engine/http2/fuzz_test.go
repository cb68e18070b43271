// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	xhttp2 "golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// FuzzFrames sends any bytes after the preface. The connection ends in order
// when the client ends it, and handlers see nothing but requests.
func FuzzFrames(f *testing.F) {
	seed := func(play func(c *raw)) {
		var b bytes.Buffer
		c := &raw{Framer: xhttp2.NewFramer(&b, nil), t: f}
		c.AllowIllegalWrites = true
		c.enc = newEncoder(c)
		c.WriteSettings()
		play(c)
		f.Add(b.Bytes())
	}
	seed(func(c *raw) { c.request(1, true) })
	seed(func(c *raw) {
		c.request(1, false, "content-length", "3")
		c.WriteDataPadded(1, false, []byte("ab"), make([]byte, 3))
		c.WriteData(1, true, []byte("c"))
		c.WriteWindowUpdate(1, 7)
		c.WritePing(false, [8]byte{1})
	})
	seed(func(c *raw) {
		section := c.section(":method", "POST", ":scheme", "http", ":path", "/")
		c.WriteRawFrame(xhttp2.FrameHeaders, 0, 1, section[:2])
		c.WriteContinuation(1, true, section[2:])
		c.WriteData(1, false, nil)
		c.head(1, true, "a", "b")
		c.WriteRSTStream(1, xhttp2.ErrCodeCancel)
		c.WritePriority(3, xhttp2.PriorityParam{StreamDep: 3})
		c.WriteGoAway(0, xhttp2.ErrCodeNo, nil)
		c.WriteSettings(xhttp2.Setting{ID: xhttp2.SettingInitialWindowSize, Val: 1})
	})
	s := listen(f, session.Options{MaxBodyBytes: 1 << 16, HeaderTimeout: time.Minute, Handler: handle(func(ctx context.Context, r *message.Request, s message.Stream) {
		if r.Method == "" || r.Path == "" || r.Path[0] != '/' && r.Path != "*" || strings.ContainsAny(r.Target()+r.Host+r.Method, " \r\n\x00") {
			f.Errorf("the handler got %+v", r)
		}
		for _, field := range r.Header.Fields() {
			if field.Name == "" || field.Name[0] == ':' || strings.ContainsAny(field.Name+field.Value, "\r\n\x00") || strings.ToLower(field.Name) != field.Name {
				f.Errorf("the handler got the field %q", field)
			}
		}
		echo(ctx, r, s)
	})}, false)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { l.Close() })
	f.Fuzz(func(t *testing.T, frames []byte) {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(patience))
		accepted, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.(*net.TCPConn).CloseWrite()
		go s.serve(accepted.(*net.TCPConn), nil, append([]byte(xhttp2.ClientPreface), frames...))
		_, err = io.Copy(io.Discard, conn)
		if isTimeout(err) {
			t.Errorf("the connection goes on: %v", err)
		}
	})
}
