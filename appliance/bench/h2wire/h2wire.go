// SPDX-License-Identifier: Apache-2.0

// Package h2wire is as much of HTTP/2's framing as a load generator and its
// target need to cost next to nothing (RFC 9113, sections 4.1 and 6).
package h2wire

import "encoding/binary"

// Preface is what a client sends first (RFC 9113, section 3.4).
const Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// HeaderSize is the size of a frame's header, in bytes.
const HeaderSize = 9

// Types of frames.
const (
	Data         = 0x0
	Headers      = 0x1
	ResetStream  = 0x3
	Settings     = 0x4
	Ping         = 0x6
	GoAway       = 0x7
	WindowUpdate = 0x8
	Continuation = 0x9
)

// Flags of frames.
const (
	EndStream  = 0x1 // of Data and Headers
	Ack        = 0x1 // of Settings and Ping
	EndHeaders = 0x4
	Padded     = 0x8
	Priority   = 0x20
)

// Settings.
const (
	HeaderTableSize      = 0x1
	EnablePush           = 0x2
	MaxConcurrentStreams = 0x3
	InitialWindowSize    = 0x4
)

// DefaultWindow is the window of a connection and of its streams unless
// somebody says otherwise, in bytes.
const DefaultWindow = 65535

// A Frame is one frame; its payload is part of the buffer it was read from.
type Frame struct {
	Type, Flags byte
	Stream      uint32
	Payload     []byte
}

// Has reports whether a flag is set.
func (f *Frame) Has(flag byte) bool { return f.Flags&flag != 0 }

// Next cuts the first frame off b; ok is false if b has not all of it.
func Next(b []byte) (f Frame, rest []byte, ok bool) {
	if len(b) < HeaderSize {
		return Frame{}, b, false
	}
	size := HeaderSize + int(b[0])<<16 + int(b[1])<<8 + int(b[2])
	if len(b) < size {
		return Frame{}, b, false
	}
	f = Frame{Type: b[3], Flags: b[4], Stream: binary.BigEndian.Uint32(b[5:]) &^ (1 << 31), Payload: b[HeaderSize:size:size]}
	return f, b[size:], true
}

// Content is the payload of a Data or Headers frame without padding and
// priority. It is nil if they are malformed.
func (f *Frame) Content() []byte {
	p := f.Payload
	if f.Has(Padded) {
		if len(p) == 0 || int(p[0]) >= len(p) {
			return nil
		}
		p = p[1 : len(p)-int(p[0])]
	}
	if f.Type == Headers && f.Has(Priority) {
		if len(p) < 5 {
			return nil
		}
		p = p[5:]
	}
	return p
}

// Append appends a frame.
func Append(b []byte, kind, flags byte, stream uint32, payload []byte) []byte {
	n := len(payload)
	b = append(b, byte(n>>16), byte(n>>8), byte(n), kind, flags)
	b = binary.BigEndian.AppendUint32(b, stream)
	return append(b, payload...)
}

// AppendSetting appends one setting to the payload of a Settings frame.
func AppendSetting(b []byte, id uint16, value uint32) []byte {
	b = binary.BigEndian.AppendUint16(b, id)
	return binary.BigEndian.AppendUint32(b, value)
}

// EachSetting calls f for every setting of a payload.
func EachSetting(payload []byte, f func(id uint16, value uint32)) {
	for ; len(payload) >= 6; payload = payload[6:] {
		f(binary.BigEndian.Uint16(payload), binary.BigEndian.Uint32(payload[2:]))
	}
}

// AppendWindowUpdate appends a WindowUpdate frame.
func AppendWindowUpdate(b []byte, stream uint32, n uint32) []byte {
	b = append(b, 0, 0, 4, WindowUpdate, 0)
	b = binary.BigEndian.AppendUint32(b, stream)
	return binary.BigEndian.AppendUint32(b, n)
}

// Increment reads the payload of a WindowUpdate frame; 0 is malformed.
func Increment(payload []byte) int64 {
	if len(payload) != 4 {
		return 0
	}
	return int64(binary.BigEndian.Uint32(payload) &^ (1 << 31))
}
