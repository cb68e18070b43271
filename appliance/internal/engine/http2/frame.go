// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Sizes of the frame layer, in bytes (RFC 9113, section 4).
const (
	headerLen    = 9
	maxFrameSize = 16384 // what we take and what we send, whatever more a peer would take
	maxWindow    = 1<<31 - 1
	maxStreamID  = 1<<31 - 1
)

const (
	flagEndStream  = 0x1
	flagAck        = 0x1
	flagEndHeaders = 0x4
	flagPadded     = 0x8
	flagPriority   = 0x20
)

// preface is what a client sends first (RFC 9113, section 3.4).
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// A frame is the header of a frame (RFC 9113, section 4.1).
type frame struct {
	length int
	kind   http2.FrameType
	flags  uint8
	id     uint32 // of the stream
}

// parseFrame parses the header of a frame, of which p has at least headerLen
// bytes.
func parseFrame(p []byte) frame {
	_ = p[headerLen-1]
	return frame{
		length: int(p[0])<<16 | int(p[1])<<8 | int(p[2]),
		kind:   http2.FrameType(p[3]),
		flags:  p[4],
		id:     binary.BigEndian.Uint32(p[5:]) & maxStreamID,
	}
}

func (f frame) has(flag uint8) bool { return f.flags&flag != 0 }

// appendFrame appends the header of a frame.
func appendFrame(b []byte, length int, kind http2.FrameType, flags uint8, id uint32) []byte {
	return append(b, byte(length>>16), byte(length>>8), byte(length), byte(kind), flags,
		byte(id>>24), byte(id>>16), byte(id>>8), byte(id))
}

// A connError ends a connection (RFC 9113, section 5.4.1).
type connError struct {
	code   http2.ErrCode
	reason string
}

func (e *connError) Error() string {
	return fmt.Sprintf("HTTP/2 connection error %s: %s", e.code, e.reason)
}

// A streamError ends a stream (RFC 9113, section 5.4.2).
type streamError struct {
	code   http2.ErrCode
	reason string
	remote bool // the peer sent it
}

// Is says which errors are [message.ErrCanceledByTarget].
func (e *streamError) Is(target error) bool {
	return target == message.ErrCanceledByTarget && e.canceled()
}

// canceled reports whether the peer has said that it no longer wants the
// stream.
func (e *streamError) canceled() bool { return e.remote && e.code == http2.ErrCodeCancel }

func (e *streamError) Error() string {
	if e.remote {
		return fmt.Sprintf("the peer reset the HTTP/2 stream: %s", e.code)
	}
	return fmt.Sprintf("HTTP/2 stream error %s: %s", e.code, e.reason)
}

func protocolError(reason string) *connError {
	return &connError{code: http2.ErrCodeProtocol, reason: reason}
}
