// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Frames that break RFC 9113 end their stream or their connection with the
// code that it names, and nothing of them reaches an upstream. h2spec has more
// of the kind (appliance/conformance); here the upstream is watched too.
func TestFrames(t *testing.T) {
	b := startBench(t)
	b.judgeByNginx(t)
	const never = 999 // a stream that is not answered: the connection ends, or the test fails
	ends := func(name, law, code string, play func(c *client2)) case2 {
		return case2{name: name, law: "RFC 9113, section " + law, play: play, want: "goaway " + code, stream: never}
	}
	// Where a request was begun on stream 1 before the connection breaks.
	begun := func(c case2) case2 {
		c.cut, c.seen = true, []string{maybe + "GET /f HTTP/1.1\nhost: a.test"}
		return c
	}
	number := func(n uint32) string { return string(binary.BigEndian.AppendUint32(nil, n)) }
	setting := func(id uint16, value uint32) string {
		return string(binary.BigEndian.AppendUint16(nil, id)) + number(value)
	}
	block := func(c *client2, fields ...string) string {
		return string(c.encode(append(pseudo("GET", "/f"), fields...)...))
	}
	const kindData, kindHeaders, kindPriority, kindReset, kindSettings, kindPush, kindPing, kindGoAway, kindWindow, kindContinuation = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
	plain := []string{"GET /f HTTP/1.1\nhost: a.test"}
	testHTTP2(t, b, []case2{
		{name: "a good request", law: "RFC 9113, section 8.1", play: func(c *client2) { c.get(1, "/f") }, want: "200", seen: plain},
		{name: "a good body", law: "RFC 9113, section 8.1", play: func(c *client2) { c.post(1, "/f", "content-length: 5"); c.data(1, end, "hello") }, want: "200", seen: []string{"POST /f HTTP/1.1\nhost: a.test\ncontent-length: 5\n\nhello"}},
		{name: "unknown frame", law: "RFC 9113, section 5.5", play: func(c *client2) { c.frame(0xbe, 0xff, 1, "what"); c.get(1, "/f") }, want: "200", seen: plain},
		{name: "unknown setting", law: "RFC 9113, section 6.5.2", play: func(c *client2) { c.frame(kindSettings, 0, 0, setting(0xbeef, 1)); c.get(1, "/f") }, want: "200", seen: plain},
		{name: "reserved bit", law: "RFC 9113, section 4.1", play: func(c *client2) { c.frame(kindHeaders, flagEnd|flagHead, 1|1<<31, block(c)) }, want: "200", seen: plain},
		{name: "padding", law: "RFC 9113, section 6.2", play: func(c *client2) { c.frame(kindHeaders, flagEnd|flagHead|flagPad, 1, "\x03"+block(c)+"\x00\x00\x00") }, want: "200", seen: plain},
		{name: "block in three frames", law: "RFC 9113, section 6.10", play: func(c *client2) {
			all := block(c)
			c.frame(kindHeaders, flagEnd, 1, all[:1])
			c.frame(kindContinuation, 0, 1, all[1:9])
			c.frame(kindContinuation, flagHead, 1, all[9:])
		}, want: "200", seen: plain},
		{name: "priority", law: "RFC 9113, section 5.3", play: func(c *client2) { c.frame(kindPriority, 0, 7, "\x80\x00\x00\x03\x10"); c.get(1, "/f") }, want: "200", seen: plain},
		{name: "a stream that depends on itself", law: "RFC 9113, section 5.3.2", play: func(c *client2) { c.frame(kindHeaders, flagEnd|flagHead|flagPrio, 1, number(1)+"\x10"+block(c)) },
			want: "200 | reset PROTOCOL_ERROR | goaway PROTOCOL_ERROR", seen: []string{maybe + plain[0]}},
		{name: "priority of a stream that depends on itself", law: "RFC 9113, section 5.3.2", play: func(c *client2) { c.frame(kindPriority, 0, 1, number(1)+"\x10"); c.get(1, "/f") },
			want: "200 | reset PROTOCOL_ERROR | goaway PROTOCOL_ERROR", seen: []string{maybe + plain[0]}},

		{name: "no SETTINGS behind the preface", law: "RFC 9113, section 3.4", bare: true, stream: never, play: func(c *client2) { c.raw(http2.ClientPreface); c.get(1, "/f") }, want: "goaway PROTOCOL_ERROR | close"},
		{name: "HTTP/1.1 behind the preface", law: "RFC 9113, section 3.4", bare: true, stream: never, play: func(c *client2) { c.raw(http2.ClientPreface + smuggled) }, want: "goaway PROTOCOL_ERROR | goaway FRAME_SIZE_ERROR | close"},
		ends("HTTP/1.1 behind SETTINGS", "4.2", "FRAME_SIZE_ERROR", func(c *client2) { c.raw(smuggled) }),
		ends("SETTINGS on a stream", "6.5", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindSettings, 0, 1, "") }),
		ends("SETTINGS of 5 bytes", "6.5", "FRAME_SIZE_ERROR", func(c *client2) { c.frame(kindSettings, 0, 0, "12345") }),
		ends("acknowledgement with settings", "6.5", "FRAME_SIZE_ERROR", func(c *client2) { c.frame(kindSettings, 1, 0, setting(3, 1)) }),
		ends("window above 2^31-1", "6.5.2", "FLOW_CONTROL_ERROR", func(c *client2) { c.frame(kindSettings, 0, 0, setting(4, 1<<31)) }),
		ends("frame size below the least", "6.5.2", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindSettings, 0, 0, setting(5, 16383)) }),
		ends("frame size above the most", "6.5.2", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindSettings, 0, 0, setting(5, 1<<24)) }),
		ends("push of 2", "6.5.2", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindSettings, 0, 0, setting(2, 2)) }),

		ends("HEADERS on stream 0", "6.2", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindHeaders, flagEnd|flagHead, 0, block(c)) }),
		ends("HEADERS on an even stream", "5.1.1", "PROTOCOL_ERROR", func(c *client2) { c.get(2, "/f") }),
		{name: "HEADERS on a lower stream", law: "RFC 9113, section 5.1.1", stream: never, play: func(c *client2) { c.get(5, "/f"); c.get(3, "/smuggled") },
			want: "goaway PROTOCOL_ERROR | goaway STREAM_CLOSED", seen: []string{maybe + plain[0]}, cut: true},
		{name: "HEADERS on an ended stream", law: "RFC 9113, section 5.1", stream: never, play: func(c *client2) { c.get(1, "/f"); c.get(1, "/smuggled"); c.get(never, "/f") },
			want: "goaway STREAM_CLOSED | goaway PROTOCOL_ERROR | 200", seen: []string{maybe + plain[0], maybe + plain[0]}, cut: true},
		ends("padding as long as HEADERS", "6.2", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindHeaders, flagEnd|flagHead|flagPad, 1, "\x05abcd") }),
		ends("HEADERS without room for padding", "6.2", "FRAME_SIZE_ERROR | goaway PROTOCOL_ERROR | close", func(c *client2) { c.frame(kindHeaders, flagEnd|flagHead|flagPad, 1, "") }),
		ends("HEADERS without room for priority", "6.2", "FRAME_SIZE_ERROR | goaway PROTOCOL_ERROR | close", func(c *client2) { c.frame(kindHeaders, flagEnd|flagHead|flagPrio, 1, "\x00\x00") }),
		ends("HEADERS larger than allowed", "4.2", "FRAME_SIZE_ERROR", func(c *client2) { c.frame(kindHeaders, flagEnd|flagHead, 1, strings.Repeat("a", 16385)) }),

		ends("DATA on stream 0", "6.1", "PROTOCOL_ERROR", func(c *client2) { c.data(0, end, "hello") }),
		ends("DATA on an idle stream", "5.1", "PROTOCOL_ERROR", func(c *client2) { c.data(1, end, smuggled) }),
		begun(ends("padding as long as DATA", "6.1", "PROTOCOL_ERROR", func(c *client2) { c.post(1, "/f"); c.frame(kindData, flagEnd|flagPad, 1, "\x05abcd") })),
		begun(ends("DATA without room for padding", "6.1", "FRAME_SIZE_ERROR | goaway PROTOCOL_ERROR | close", func(c *client2) { c.post(1, "/f"); c.frame(kindData, flagEnd|flagPad, 1, "") })),
		{name: "DATA larger than allowed", law: "RFC 9113, section 4.2", cut: true, play: func(c *client2) { c.post(1, "/f"); c.data(1, end, strings.Repeat("a", 16385)) }, want: "goaway FRAME_SIZE_ERROR | reset FRAME_SIZE_ERROR"},
		{name: "DATA behind the end", law: "RFC 9113, section 5.1", stream: never, play: func(c *client2) { c.get(1, "/f"); c.data(1, end, smuggled); c.get(never, "/f") },
			want: "200 | goaway STREAM_CLOSED", seen: []string{maybe + plain[0], maybe + plain[0]}, cut: true},

		ends("WINDOW_UPDATE of 0", "6.9", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindWindow, 0, 0, number(0)) }),
		ends("WINDOW_UPDATE beyond 2^31-1", "6.9.1", "FLOW_CONTROL_ERROR", func(c *client2) { c.frame(kindWindow, 0, 0, number(1<<31-1)) }),
		ends("WINDOW_UPDATE on an idle stream", "5.1", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindWindow, 0, 1, number(1)) }),
		ends("WINDOW_UPDATE of 3 bytes", "6.9", "FRAME_SIZE_ERROR", func(c *client2) { c.frame(kindWindow, 0, 0, "123") }),
		{name: "WINDOW_UPDATE of 0 on a stream", law: "RFC 9113, section 6.9", cut: true, play: func(c *client2) { c.post(1, "/f"); c.frame(kindWindow, 0, 1, number(0)) }, want: "reset PROTOCOL_ERROR | goaway PROTOCOL_ERROR"},
		{name: "WINDOW_UPDATE beyond 2^31-1 on a stream", law: "RFC 9113, section 6.9.1", cut: true, play: func(c *client2) { c.post(1, "/f"); c.frame(kindWindow, 0, 1, number(1<<31-1)) }, want: "reset FLOW_CONTROL_ERROR | goaway FLOW_CONTROL_ERROR"},
		ends("RST_STREAM on an idle stream", "6.4", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindReset, 0, 1, number(8)) }),
		ends("RST_STREAM on stream 0", "6.4", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindReset, 0, 0, number(8)) }),
		begun(ends("RST_STREAM of 3 bytes", "6.4", "FRAME_SIZE_ERROR", func(c *client2) { c.post(1, "/f"); c.frame(kindReset, 0, 1, "123") })),
		ends("PRIORITY on stream 0", "6.3", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindPriority, 0, 0, "12345") }),
		{name: "PRIORITY of 4 bytes", law: "RFC 9113, section 6.3", play: func(c *client2) { c.frame(kindPriority, 0, 1, "1234") }, want: "reset FRAME_SIZE_ERROR | goaway FRAME_SIZE_ERROR"},
		begun(ends("PUSH_PROMISE", "8.4", "PROTOCOL_ERROR", func(c *client2) { c.post(1, "/f"); c.frame(kindPush, flagHead, 1, number(2)+block(c)) })),
		ends("PING on a stream", "6.7", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindPing, 0, 1, "12345678") }),
		ends("PING of 7 bytes", "6.7", "FRAME_SIZE_ERROR", func(c *client2) { c.frame(kindPing, 0, 0, "1234567") }),
		ends("GOAWAY on a stream", "6.8", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindGoAway, 0, 1, number(0)+number(0)) }),
		ends("GOAWAY of 4 bytes", "6.8", "FRAME_SIZE_ERROR", func(c *client2) { c.frame(kindGoAway, 0, 0, number(0)) }),

		ends("CONTINUATION of nothing", "6.10", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindContinuation, flagHead, 1, block(c)) }),
		begun(ends("CONTINUATION behind an end", "6.10", "PROTOCOL_ERROR", func(c *client2) { c.get(1, "/f"); c.frame(kindContinuation, flagHead, 1, block(c, "x: y")) })),
		ends("CONTINUATION on another stream", "6.10", "PROTOCOL_ERROR", func(c *client2) {
			c.frame(kindHeaders, flagEnd, 1, block(c))
			c.frame(kindContinuation, flagHead, 3, "")
		}),
		ends("CONTINUATION on stream 0", "6.10", "PROTOCOL_ERROR", func(c *client2) {
			c.frame(kindHeaders, flagEnd, 1, block(c))
			c.frame(kindContinuation, flagHead, 0, "")
		}),
		ends("DATA in a block", "6.10", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindHeaders, 0, 1, block(c)); c.data(1, end, "hello") }),
		ends("HEADERS in a block", "6.10", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindHeaders, flagEnd, 1, block(c)); c.get(3, "/smuggled") }),
		ends("PING in a block", "6.10", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindHeaders, flagEnd, 1, block(c)); c.frame(kindPing, 0, 0, "12345678") }),
		ends("unknown frame in a block", "6.10", "PROTOCOL_ERROR", func(c *client2) { c.frame(kindHeaders, flagEnd, 1, block(c)); c.frame(0xbe, 0, 1, "") }),
		{name: "CONTINUATION without end", law: "RFC 9113, section 10.5", stream: never, play: func(c *client2) {
			c.frame(kindHeaders, flagEnd, 1, block(c))
			for range 20_000 {
				c.frame(kindContinuation, 0, 1, "")
			}
		}, want: "goaway ENHANCE_YOUR_CALM | goaway PROTOCOL_ERROR | close"},
		{name: "block of 4 MiB", law: "RFC 9113, section 10.5.1", play: func(c *client2) {
			c.frame(kindHeaders, flagEnd, 1, block(c))
			for range 256 {
				c.frame(kindContinuation, 0, 1, strings.Repeat("\x00\x01x\x01y", 3276))
			}
			c.frame(kindContinuation, flagHead, 1, "")
		}, want: "431 | goaway ENHANCE_YOUR_CALM | goaway PROTOCOL_ERROR | close"},
		{name: "fields above the limit", law: "RFC 9113, section 10.5.1", play: func(c *client2) {
			all := block(c, "x: "+strings.Repeat("~", 100_000)) // which no Huffman code shortens
			c.frame(kindHeaders, flagEnd, 1, all[:16384])
			for all = all[16384:]; len(all) > 16384; all = all[16384:] {
				c.frame(kindContinuation, 0, 1, all[:16384])
			}
			c.frame(kindContinuation, flagHead, 1, all)
		}, want: "431 | reset ENHANCE_YOUR_CALM | reset PROTOCOL_ERROR | goaway ENHANCE_YOUR_CALM | goaway PROTOCOL_ERROR"},
		{name: "a hundred times a kilobyte out of the table", law: "RFC 7541, section 7.3", play: func(c *client2) {
			c.frame(kindHeaders, flagEnd|flagHead, 1, block(c)+"\x40\x01x\x7f\x81\x1e"+strings.Repeat("a", 4000)+strings.Repeat("\xbe", 10_000))
		}, want: "431 | reset ENHANCE_YOUR_CALM | reset PROTOCOL_ERROR | goaway ENHANCE_YOUR_CALM | goaway PROTOCOL_ERROR | goaway COMPRESSION_ERROR"},
	})
}

// A block that does not decode ends the connection (RFC 9113, section 4.3).
func TestCompression(t *testing.T) {
	b := startBench(t)
	var huffman = string(hpack.AppendHuffmanString(nil, "/f"))
	var cases []case2
	for name, rest := range map[string]string{
		"index 0":                       "\x80",
		"index beyond the tables":       "\xff\x49",
		"name beyond the tables":        "\x7f\x49\x01a",
		"index that overflows":          "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		"table larger than allowed":     "\x3f\xe2\x1f",
		"size update behind a field":    "\x82\x20",
		"string longer than the block":  "\x00\x7f\x10abc",
		"length that overflows":         "\x00\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01a",
		"value is missing":              "\x00\x01x",
		"half an integer":               "\xff",
		"Huffman code of the end":       "\x00\x01x\x84\xff\xff\xff\xff",
		"Huffman padding of zeros":      "\x00\x01x" + string([]byte{0x80 | byte(len(huffman))}) + huffman[:len(huffman)-1] + "\x00",
		"Huffman padding of eight bits": "\x00\x01x\x82\x1f\xff",
	} {
		cases = append(cases, case2{
			name: name, law: "RFC 7541, sections 5 and 6", stream: 999, want: "goaway COMPRESSION_ERROR",
			play: func(c *client2) {
				c.frame(1, flagEnd|flagHead, 1, string(c.encode(pseudo("GET", "/f")...))+rest)
			},
		})
	}
	testHTTP2(t, b, cases)
}
