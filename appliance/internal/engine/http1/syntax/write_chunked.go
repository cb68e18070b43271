// SPDX-License-Identifier: Apache-2.0

package syntax

import (
	"strconv"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// AppendChunk appends the line that begins a chunk of n bytes, n > 0 (RFC 9112,
// section 7.1). The chunk ends with "\r\n".
func AppendChunk(b []byte, n int) []byte {
	b = strconv.AppendUint(b, uint64(n), 16)
	return append(b, "\r\n"...)
}

// AppendEnd appends the last chunk and the trailers, if not nil. Fields that
// may not be trailers (RFC 9110, section 6.5.1) are left out, and so are those
// that HTTP/1.1 cannot express.
func AppendEnd(b []byte, trailer *message.Header) []byte {
	b = append(b, "0\r\n"...)
	if trailer != nil {
		for _, f := range trailer.Fields() {
			if !mayTrail(f.Name) {
				continue
			}
			b, _ = appendField(b, f.Name, f.Value)
		}
	}
	return append(b, "\r\n"...)
}
