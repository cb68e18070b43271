// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
)

// No frame is longer than the least that RFC 9113 lets a server take (section
// 4.2), so a client cannot have a connection keep a large buffer.
func TestFrameSize(t *testing.T) {
	server := listen(t, engine.Options{HTTP2: true, Handler: handlerFunc(nil)})
	conn, err := net.Dial("tcp", server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(conn, http2.ClientPreface)
	framer := http2.NewFramer(conn, conn)
	_ = framer.WriteSettings()
	_ = framer.WriteRawFrame(http2.FrameHeaders, http2.FlagHeadersEndHeaders, 1, make([]byte, 16385))
	why := http2.ErrCodeNo
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			break
		}
		if away, ok := frame.(*http2.GoAwayFrame); ok {
			why = away.ErrCode
		}
	}
	if why != http2.ErrCodeFrameSize {
		t.Errorf("the connection ended with %s", why)
	}
}
