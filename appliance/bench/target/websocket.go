// SPDX-License-Identifier: Apache-2.0

package target

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
)

// echo accepts a WebSocket and sends short frames back (RFC 6455, sections
// 4.2.2 and 5.2).
func echo(c net.Conn, in *bufio.Reader, r *http.Request) {
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	_, err := fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	if err != nil {
		return
	}
	frame := make([]byte, 6+125) // header, mask, payload
	for {
		if _, err := io.ReadFull(in, frame[:6]); err != nil {
			return
		}
		n := int(frame[1] & 0x7f)
		if n > 125 || frame[1]&0x80 == 0 {
			return // nobody sends long frames here, and clients mask
		}
		payload := frame[6 : 6+n]
		if _, err := io.ReadFull(in, payload); err != nil {
			return
		}
		for i := range payload {
			payload[i] ^= frame[2+i%4]
		}
		if _, err := c.Write(append([]byte{frame[0], byte(n)}, payload...)); err != nil {
			return
		}
	}
}
