// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"encoding/binary"

	"golang.org/x/net/http2"
)

// control handles a frame that is complete and is not DATA.
func (r *reader) control(f frame, p []byte) error {
	if err := r.c.role.count(f); err != nil {
		return err
	}
	switch f.kind {
	case http2.FrameHeaders:
		return r.headers(f, p)
	case http2.FrameContinuation:
		if r.head.id == 0 {
			return protocolError("CONTINUATION without HEADERS")
		}
		return r.sectionPart(f, p)
	case http2.FramePriority:
		return r.priority(f, p)
	case http2.FrameRSTStream:
		return r.rstStream(f, p)
	case http2.FrameSettings:
		return r.settings(f, p)
	case http2.FramePushPromise:
		return protocolError("PUSH_PROMISE")
	case http2.FramePing:
		return r.ping(f, p)
	case http2.FrameGoAway:
		return r.goAway(f, p)
	case http2.FrameWindowUpdate:
		return r.windowUpdate(f, p)
	}
	return nil // RFC 9113, section 5.5: unknown types are ignored
}

// headers takes HEADERS (RFC 9113, section 6.2).
func (r *reader) headers(f frame, p []byte) error {
	if f.id == 0 {
		return protocolError("HEADERS on stream 0")
	}
	pad := 0
	if f.has(flagPadded) {
		if len(p) == 0 {
			return &connError{http2.ErrCodeFrameSize, "padded HEADERS without the length of its padding"}
		}
		pad, p = int(p[0]), p[1:]
	}
	r.selfish = false
	if f.has(flagPriority) {
		if len(p) < 5 {
			return &connError{http2.ErrCodeFrameSize, "HEADERS too short for its priority"}
		}
		r.selfish = binary.BigEndian.Uint32(p)&maxStreamID == f.id
		p = p[5:]
	}
	if pad > len(p) {
		return protocolError("HEADERS whose padding is longer than the frame")
	}
	r.head, r.headEnd, r.parts = f, f.has(flagEndStream), 0
	return r.sectionPart(f, p[:len(p)-pad])
}

// priority takes PRIORITY (RFC 9113, section 6.3), of which only the form
// counts. A stream that depends on itself is an error as RFC 7540, section
// 5.3.1, had it.
func (r *reader) priority(f frame, p []byte) error {
	switch {
	case f.id == 0:
		return protocolError("PRIORITY on stream 0")
	case len(p) != 5:
		return &streamError{code: http2.ErrCodeFrameSize, reason: "PRIORITY whose length is not 5"}
	case binary.BigEndian.Uint32(p)&maxStreamID == f.id:
		return &streamError{code: http2.ErrCodeProtocol, reason: "the stream depends on itself"}
	}
	return nil
}

// rstStream takes RST_STREAM (RFC 9113, section 6.4).
func (r *reader) rstStream(f frame, p []byte) error {
	switch {
	case f.id == 0:
		return protocolError("RST_STREAM on stream 0")
	case len(p) != 4:
		return &connError{http2.ErrCodeFrameSize, "RST_STREAM whose length is not 4"}
	}
	c := r.c
	s := c.stream(f.id)
	if s == nil {
		return r.absent(f)
	}
	err := &streamError{code: http2.ErrCode(binary.BigEndian.Uint32(p)), remote: true}
	c.mu.Lock()
	s.in.closed.Store(true)
	s.closeOut(err)
	c.remove(s)
	c.past.add(s.id, false)
	c.unlock(&r.out)
	s.end(err, &r.out)
	return c.role.broke()
}

// ping takes PING (RFC 9113, section 6.7).
func (r *reader) ping(f frame, p []byte) error {
	switch {
	case f.id != 0:
		return protocolError("PING on a stream")
	case len(p) != 8:
		return &connError{http2.ErrCodeFrameSize, "PING whose length is not 8"}
	}
	data := [8]byte(p)
	if f.has(flagAck) {
		r.c.role.pong(data)
		return nil
	}
	r.c.mu.Lock()
	defer r.c.unlock(&r.out)
	r.c.appendPing(flagAck, data)
	return r.answered()
}

// answered notes that a frame was answered. A peer that makes us answer but
// does not read that is sent away. The caller holds mu.
func (r *reader) answered() error {
	if r.c.control > maxControl {
		return &connError{http2.ErrCodeEnhanceYourCalm, "answers are asked for and not read"}
	}
	return nil
}

// goAway takes GOAWAY (RFC 9113, section 6.8).
func (r *reader) goAway(f frame, p []byte) error {
	switch {
	case f.id != 0:
		return protocolError("GOAWAY on a stream")
	case len(p) < 8:
		return &connError{http2.ErrCodeFrameSize, "GOAWAY shorter than 8"}
	}
	r.c.role.goAway(binary.BigEndian.Uint32(p)&maxStreamID, http2.ErrCode(binary.BigEndian.Uint32(p[4:])))
	return nil
}

// windowUpdate takes WINDOW_UPDATE (RFC 9113, section 6.9).
func (r *reader) windowUpdate(f frame, p []byte) error {
	if len(p) != 4 {
		return &connError{http2.ErrCodeFrameSize, "WINDOW_UPDATE whose length is not 4"}
	}
	n := int64(binary.BigEndian.Uint32(p) & maxStreamID)
	c := r.c
	if f.id == 0 {
		if n == 0 {
			return protocolError("WINDOW_UPDATE of 0")
		}
		c.mu.Lock()
		defer c.unlock(&r.out)
		if err := c.grow(nil, n); err != nil {
			return err
		}
		r.pumped()
		return nil
	}
	s := c.stream(f.id)
	if s == nil {
		if err := r.absent(f); err != nil || n > 0 {
			return err
		}
	}
	if n == 0 {
		return &streamError{code: http2.ErrCodeProtocol, reason: "WINDOW_UPDATE of 0"}
	}
	c.mu.Lock()
	defer c.unlock(&r.out)
	if err := c.grow(s, n); err != nil {
		return err
	}
	r.pumped()
	return nil
}

// pumped moves what waits, after a window has grown. The caller holds mu.
func (r *reader) pumped() {
	if r.c.ready.first != nil {
		r.c.pump()
	}
}

// settings takes SETTINGS (RFC 9113, section 6.5).
func (r *reader) settings(f frame, p []byte) error {
	switch {
	case f.id != 0:
		return protocolError("SETTINGS on a stream")
	case f.has(flagAck) && len(p) != 0:
		return &connError{http2.ErrCodeFrameSize, "an acknowledgement of SETTINGS with settings"}
	case len(p)%6 != 0:
		return &connError{http2.ErrCodeFrameSize, "SETTINGS whose length is no multiple of 6"}
	case f.has(flagAck):
		return nil
	}
	c := r.c
	first := !r.greeted
	r.greeted = true
	c.mu.Lock()
	err := c.applySettings(p)
	if err == nil {
		c.peer.seen = true
		c.appendSettingsAck()
		err = r.answered()
		r.pumped()
	}
	c.unlock(&r.out)
	if err == nil {
		c.role.settings(first)
	}
	return err
}

// applySettings applies settings in their order (RFC 9113, section 6.5.2). The
// caller holds mu.
func (c *conn) applySettings(p []byte) error {
	for ; len(p) > 0; p = p[6:] {
		value := binary.BigEndian.Uint32(p[2:])
		switch http2.SettingID(binary.BigEndian.Uint16(p)) {
		case http2.SettingHeaderTableSize:
			c.enc.SetMaxTableSize(value)
		case http2.SettingEnablePush:
			if value > 1 || value == 1 && !c.server {
				return protocolError("SETTINGS_ENABLE_PUSH")
			}
		case http2.SettingMaxConcurrentStreams:
			c.peer.maxStreams = value
		case http2.SettingInitialWindowSize:
			if value > maxWindow {
				return &connError{http2.ErrCodeFlowControl, "SETTINGS_INITIAL_WINDOW_SIZE is larger than 2^31-1"}
			}
			if err := c.resize(int64(value)); err != nil {
				return err
			}
		case http2.SettingMaxFrameSize:
			if value < 16384 || value > 1<<24-1 {
				return protocolError("SETTINGS_MAX_FRAME_SIZE")
			}
		case http2.SettingMaxHeaderListSize:
			c.peer.maxList = value
		case http2.SettingEnableConnectProtocol:
			if value > 1 || c.peer.connect && value == 0 {
				return protocolError("SETTINGS_ENABLE_CONNECT_PROTOCOL")
			}
			c.peer.connect = value == 1
		}
	}
	return nil
}
