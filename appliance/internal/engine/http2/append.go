// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"encoding/binary"
	"slices"
	"sync"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// The methods of this file append frames to a connection's outgoing buffer.
// Their callers hold mu.

// A medium is a buffer for outgoing bytes, or for a part of a body that is
// copied: a slow client holds two or three of them.
type medium [mediumSize]byte

const mediumSize = 64 << 10

var mediums = sync.Pool{New: func() any { return new(medium) }}

// A memory is the pooled buffer that outgoing bytes lie in, if any.
type memory struct {
	small *sock.Small
	large *medium
}

func (m *memory) free() {
	if m.small != nil {
		sock.PutSmall(m.small)
	}
	if m.large != nil {
		mediums.Put(m.large)
	}
	*m = memory{}
}

// room makes room for n more bytes.
func (c *conn) room(n int) {
	need := len(c.out) + n
	switch {
	case need <= cap(c.out):
	case need <= sock.SmallSize:
		c.outMem.small = sock.GetSmall()
		c.out = c.outMem.small[:0]
	case need <= mediumSize:
		b := mediums.Get().(*medium)
		have := copy(b[:], c.out)
		c.outMem.free()
		c.outMem.large = b
		c.out = b[:have]
	default:
		c.out = append(make([]byte, 0, 2*need), c.out...)
		c.outMem.free()
	}
}

// frame appends the header of a frame and makes room for its payload.
func (c *conn) frame(length int, kind http2.FrameType, flags uint8, id uint32) {
	c.room(headerLen + length)
	c.out = appendFrame(c.out, length, kind, flags, id)
}

// appendData appends a DATA frame, which the windows must allow.
func (s *stream) appendData(p []byte, end bool) {
	c := s.c
	var flags uint8
	if end {
		flags = flagEndStream
	}
	c.frame(len(p), http2.FrameData, flags, s.id)
	c.out = append(c.out, p...)
	s.out.window -= int64(len(p))
	c.send -= int64(len(p))
	s.out.sent += int64(len(p))
	c.sentData.Add(1)
	if end {
		s.closedOut()
	}
}

// appendEnd appends the end of a stream: its trailers, or an empty DATA frame.
func (s *stream) appendEnd() {
	if s.out.closed {
		return
	}
	if s.out.trailer == nil || !s.c.hasTrailers(s.out.trailer) {
		s.appendData(nil, true)
		return
	}
	s.c.beginHead()
	s.c.trailers(s.out.trailer)
	s.c.endHead(s, true)
}

func (c *conn) appendSettings(list []http2.Setting) {
	c.frame(6*len(list), http2.FrameSettings, 0, 0)
	for _, s := range list {
		c.out = binary.BigEndian.AppendUint16(c.out, uint16(s.ID))
		c.out = binary.BigEndian.AppendUint32(c.out, s.Val)
	}
}

func (c *conn) appendSettingsAck() {
	c.frame(0, http2.FrameSettings, flagAck, 0)
	c.control += headerLen
}

func (c *conn) appendPing(flags uint8, data [8]byte) {
	c.frame(len(data), http2.FramePing, flags, 0)
	c.out = append(c.out, data[:]...)
	c.control += headerLen + len(data)
}

func (c *conn) appendWindowUpdate(id, n uint32) {
	c.frame(4, http2.FrameWindowUpdate, 0, id)
	c.out = binary.BigEndian.AppendUint32(c.out, n)
	c.control += headerLen + 4
}

func (c *conn) appendReset(id uint32, code http2.ErrCode) {
	c.frame(4, http2.FrameRSTStream, 0, id)
	c.out = binary.BigEndian.AppendUint32(c.out, uint32(code))
	c.control += headerLen + 4
}

func (c *conn) appendGoAway(last uint32, code http2.ErrCode, reason string) {
	c.frame(8+len(reason), http2.FrameGoAway, 0, 0)
	c.out = binary.BigEndian.AppendUint32(c.out, last)
	c.out = binary.BigEndian.AppendUint32(c.out, uint32(code))
	c.out = append(c.out, reason...)
}

// beginHead begins a field section. Nothing else may be appended before
// endHead.
func (c *conn) beginHead() {
	c.frame(0, http2.FrameHeaders, 0, 0)
	c.block = len(c.out)
}

// endHead ends the field section and sends it as HEADERS, followed by
// CONTINUATION where it does not fit into one frame (RFC 9113, section 4.3).
func (c *conn) endHead(s *stream, end bool) {
	flags := uint8(flagEndHeaders)
	if end {
		flags |= flagEndStream
	}
	size := len(c.out) - c.block
	if size <= maxFrameSize {
		appendFrame(c.out[:c.block-headerLen], size, http2.FrameHeaders, flags, s.id)
	} else {
		c.split(s.id, flags)
	}
	if end {
		s.closedOut()
	}
}

// split cuts a field section into frames.
func (c *conn) split(id uint32, flags uint8) {
	section := slices.Clone(c.out[c.block:])
	c.out = c.out[:c.block-headerLen]
	kind := http2.FrameType(http2.FrameHeaders)
	flags &^= flagEndHeaders
	for part := range slices.Chunk(section, maxFrameSize) {
		if section = section[len(part):]; len(section) == 0 {
			flags |= flagEndHeaders
		}
		c.frame(len(part), kind, flags, id)
		c.out = append(c.out, part...)
		kind, flags = http2.FrameContinuation, 0
	}
}
