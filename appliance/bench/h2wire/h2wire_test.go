// SPDX-License-Identifier: Apache-2.0

package h2wire

import (
	"bytes"
	"testing"

	"golang.org/x/net/http2"
)

// What Append writes is what another implementation reads.
func TestFramesReadByHTTP2(t *testing.T) {
	b := Append(nil, Settings, 0, 0, AppendSetting(nil, InitialWindowSize, 1<<20))
	b = Append(b, Data, EndStream, 5, []byte("hello"))
	b = AppendWindowUpdate(b, 3, 77)
	framer := http2.NewFramer(nil, bytes.NewReader(b))
	for i, check := range []func(f http2.Frame) bool{
		func(f http2.Frame) bool {
			s, ok := f.(*http2.SettingsFrame)
			v, has := uint32(0), false
			if ok {
				v, has = s.Value(http2.SettingInitialWindowSize)
			}
			return has && v == 1<<20
		},
		func(f http2.Frame) bool {
			d, ok := f.(*http2.DataFrame)
			return ok && d.StreamID == 5 && d.StreamEnded() && string(d.Data()) == "hello"
		},
		func(f http2.Frame) bool {
			w, ok := f.(*http2.WindowUpdateFrame)
			return ok && w.StreamID == 3 && w.Increment == 77
		},
	} {
		f, err := framer.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if !check(f) {
			t.Errorf("frame %d reads as %v", i, f)
		}
	}
}

func TestNext(t *testing.T) {
	b := Append(Append(nil, Ping, Ack, 0, make([]byte, 8)), Data, 0, 1, []byte("x"))
	for n := range 17 {
		if _, rest, ok := Next(b[:n]); ok || len(rest) != n {
			t.Errorf("the first %d bytes are no frame yet", n)
		}
	}
	f, rest, ok := Next(b)
	if !ok || f.Type != Ping || !f.Has(Ack) || len(f.Payload) != 8 || len(rest) != 10 {
		t.Errorf("first frame %+v, %d bytes left, %v", f, len(rest), ok)
	}
}

func TestContent(t *testing.T) {
	for _, c := range []struct {
		name string
		f    Frame
		want string
	}{
		{"plain", Frame{Type: Data, Payload: []byte("ab")}, "ab"},
		{"padded", Frame{Type: Data, Flags: Padded, Payload: []byte("\x02abpp")}, "ab"},
		{"padded too much", Frame{Type: Data, Flags: Padded, Payload: []byte("\x05abpp")}, ""},
		{"padded, empty", Frame{Type: Data, Flags: Padded}, ""},
		{"priority", Frame{Type: Headers, Flags: Priority, Payload: []byte("12345ab")}, "ab"},
		{"priority cut off", Frame{Type: Headers, Flags: Priority, Payload: []byte("123")}, ""},
	} {
		if got := string(c.f.Content()); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
