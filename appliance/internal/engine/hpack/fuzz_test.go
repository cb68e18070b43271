// SPDX-License-Identifier: Apache-2.0

package hpack_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	xnet "golang.org/x/net/http2/hpack"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/hpack"
)

const fuzzString = 300 // the longest string in the fuzz tests

// nameBad and valueBad judge as the package should, but slowly.
func nameBad(name string) bool {
	name = strings.TrimPrefix(name, ":")
	return name == "" || strings.Trim(name, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") != "" ||
		strings.ContainsFunc(name, func(c rune) bool {
			return c > '~' || c <= ' ' || c >= 'A' && c <= 'Z' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
		})
}

func valueBad(value string) bool {
	for _, c := range []byte(value) {
		if c < ' ' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return strings.Trim(value, " \t") != value
}

func checkField(t *testing.T, f hpack.Field) {
	t.Helper()
	if f.Flags&hpack.BadName != 0 != nameBad(f.Name) || f.Flags&hpack.BadValue != 0 != valueBad(f.Value) || f.Kind != hpack.KindOf(f.Name) {
		t.Errorf("%q has the flags %b, the kind %d", f, f.Flags, f.Kind)
	}
}

func addSeeds(f *testing.F) {
	for _, x := range examples {
		var all []byte
		for _, b := range x.blocks {
			all = append(all, unhex(f, b.wire)...)
		}
		f.Add(all, uint16(len(all)/2))
	}
	f.Add(unhex(f, "203fe11f8240016101622082"), uint16(9))
	f.Add(unhex(f, "4001610162 3f45 3fe11f 82be"), uint16(5))
	f.Add(unhex(f, "0f2f8aa8eb10649cbf8fffffffff7f8080808000"), uint16(2))
	f.Add(unhex(f, "0001610161 0001610161 0001610161 0001410009"), uint16(12))
	f.Add(unhex(f, "408725a849e95ba97d7f 83ffffff 108bf1e3c2e5f23a6ba0ab90f4 00"), uint16(12))
}

// FuzzDecode decodes any bytes as three sections, the first twice, and compares
// with golang.org/x/net. It differs on purpose in
//   - integers of more bytes than 2^32-1 needs: we refuse them;
//   - updates of the table's size between fields: it takes them while its table
//     is empty;
//   - a second update at the beginning: it refuses that while its table is not
//     empty.
func FuzzDecode(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) {
		var d hpack.Decoder
		d.Init(4096, fuzzString)
		var want []xnet.HeaderField
		x := xnet.NewDecoder(4096, func(f xnet.HeaderField) { want = append(want, f) })
		x.SetMaxStringLength(fuzzString)
		at := min(int(cut), len(data))
		for _, section := range [][]byte{data[:at], data[:at], data[at:]} {
			want = nil
			_, xerr := x.Write(section)
			if xerr == nil {
				xerr = x.Close()
			}
			d.Begin(1<<30, 1<<30)
			err := d.Write(section)
			if err == nil {
				err = d.Close()
			}
			switch {
			case errors.Is(err, hpack.ErrInteger) || errors.Is(err, hpack.ErrSizeUpdate):
				return
			case err == nil && xerr != nil && strings.Contains(xerr.Error(), "MUST occur at the beginning"):
				return
			case (err == nil) != (xerr == nil):
				t.Fatalf("%x: %v, x/net: %v", section, err, xerr)
			}
			if err != nil {
				return
			}
			if len(d.Section.Fields) != len(want) {
				t.Fatalf("%q, x/net: %q", d.Section.Fields, want)
			}
			size := 0
			for i, w := range want {
				f := d.Section.Fields[i]
				size += int(w.Size())
				if f.Name != w.Name || f.Value != w.Value || f.Flags&hpack.Sensitive != 0 != w.Sensitive {
					t.Errorf("%q, x/net: %q", f, w)
				}
				checkField(t, f)
			}
			if d.Section.Size != size || d.TableSize() > 4096 || d.Slots() > 128 {
				t.Errorf("%d bytes, x/net: %d; a table of %d", d.Section.Size, size, d.TableSize())
			}
			d.End()
		}
	})
}

// FuzzSplit decodes any bytes at once, and in two and in single bytes: the
// results are the same. With limits, the tables are.
func FuzzSplit(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) {
		at := min(int(cut), len(data))
		parts := [][][]byte{{data}, {data[:at], data[at:]}, slices.Collect(slices.Chunk(data, 1)), {data}}
		var want []hpack.Field
		var wantErr error
		wantSize := 0
		for i, part := range parts {
			var d hpack.Decoder
			d.Init(4096, fuzzString)
			limited := i == len(parts)-1
			if limited {
				d.Begin(200, 3)
			} else {
				d.Begin(1<<30, 1<<30)
			}
			var err error
			for _, p := range part {
				if err = d.Write(p); err != nil {
					break
				}
			}
			if err == nil {
				err = d.Close()
			}
			if i == 0 {
				want, wantErr, wantSize = d.Section.Fields, err, d.TableSize()
				continue
			}
			if !errors.Is(err, wantErr) || d.TableSize() != wantSize {
				t.Errorf("%d: %v, whole %v; a table of %d, whole %d", i, err, wantErr, d.TableSize(), wantSize)
			}
			n := len(d.Section.Fields)
			if d.Section.Over != (limited && n < len(want)) || n > len(want) || !slices.Equal(d.Section.Fields, want[:n]) || !limited && n < len(want) {
				t.Errorf("%d: %q, whole: %q", i, d.Section.Fields, want)
			}
		}
	})
}

// FuzzEncodeDecode has bytes say what to encode: sections of fields of all
// kinds, and changes of the table's size. What comes out is what went in, for
// golang.org/x/net and for us.
func FuzzEncodeDecode(f *testing.F) {
	f.Add([]byte("\x00\x03abc\x05defgh\x00\x03abc\x05defgh\x01\x03abc\x02xy\x02\x03abc\x02xy\x08\x00\x03abc\x05defgh\x07\x20\x07\xff\x09\x00"))
	f.Add([]byte("\x03\x02\x00\x08\x07\x10\x07\x04\x07\x3f\x00\x01a\x01b\x08\x03\x41\x00\x01a\x01b\x07\xff\x07\x00\x07\x30\x00\x01a\x01b\x08\x00\x01a\x01b"))
	f.Add([]byte("\x00\x01a\x01b\x08\x07\x03\x07\x40\x00\x01a\x01b\x08\x00\x01a\x01b\x00\x01c\x01d"))
	f.Fuzz(func(t *testing.T, program []byte) {
		var e hpack.Encoder
		e.Init(4096)
		var d hpack.Decoder
		d.Init(4096, 1<<20)
		var got []xnet.HeaderField
		x := xnet.NewDecoder(4096, func(f xnet.HeaderField) { got = append(got, f) })
		var want []pair
		var block []byte
		end := func() {
			if _, err := x.Write(block); err != nil || x.Close() != nil {
				t.Fatalf("x/net: %x: %v", block, err)
			}
			d.Begin(1<<30, 1<<30)
			if err := d.Write(block); err != nil || d.Close() != nil {
				t.Fatalf("%x: %v", block, err)
			}
			if len(got) != len(want) || len(d.Section.Fields) != len(want) {
				t.Fatalf("%q, want %q", got, want)
			}
			for i, w := range want {
				o := d.Section.Fields[i]
				if got[i].Name != w.name || got[i].Value != w.value || got[i].Sensitive != (w.index == hpack.Never) ||
					o.Name != w.name || o.Value != w.value || o.Flags&hpack.Sensitive != 0 != (w.index == hpack.Never) {
					t.Errorf("x/net: %q, own: %q, want %q", got[i], o, w)
				}
				checkField(t, o)
			}
			if len(want) > 0 && e.TableSize() != d.TableSize() {
				t.Errorf("the encoder's table has %d bytes, the decoder's %d", e.TableSize(), d.TableSize())
			}
			d.End()
			got, want, block = nil, nil, nil
		}
		take := func() int {
			if len(program) == 0 {
				return 0
			}
			n := int(program[0])
			program = program[1:]
			return n
		}
		text := func() string {
			n := min(take(), len(program))
			s := string(program[:n])
			program = program[n:]
			return s
		}
		limit := 4096
		modes := [...]hpack.Index{hpack.Indexed, hpack.Unindexed, hpack.Never}
		for len(program) > 0 {
			w := pair{}
			switch op := take() % 11; op {
			case 0, 1, 2:
				w = pair{text(), text(), modes[op]}
			case 3, 4, 5:
				s := hpack.StaticTable[take()%61]
				w = pair{s.Name, s.Value, modes[op-3]}
			case 6:
				s := hpack.StaticTable[take()%61]
				w = pair{s.Name, strings.Repeat(text(), 1+take()), hpack.Indexed}
			case 10:
				w = pair{text(), text(), hpack.NameIndexed}
			case 7:
				if len(want) > 0 {
					end()
				}
				limit = take() * 32
				e.SetMaxTableSize(uint32(limit))
				continue
			default:
				end()
				continue
			}
			want = append(want, w)
			room := make([]byte, 0, len(w.name)+len(w.value)+hpack.Overhead)
			out := e.AppendField(room, w.name, w.value, w.index)
			if cap(out) != cap(room) {
				t.Errorf("%q needs more than Overhead", w)
			}
			if e.TableSize() > min(limit, 4096) {
				t.Errorf("a table of %d bytes, the limit is %d", e.TableSize(), limit)
			}
			block = append(block, out...)
		}
		end()
	})
}

// FuzzHuffman compares both directions of the code with golang.org/x/net.
func FuzzHuffman(f *testing.F) {
	f.Add([]byte("www.example.com"))
	f.Add([]byte("\x00\x01\x7f\xff\n\xf9"))
	f.Add(unhex(f, "f1e3c2e5f23a6ba0ab90f4ffffffff"))
	f.Fuzz(func(t *testing.T, p []byte) {
		want, wantErr := xnet.HuffmanDecodeToString(p)
		got, err := hpack.Unhuffman(p)
		if (err == nil) != (wantErr == nil) || err == nil && got != want {
			t.Errorf("%x: %q, %v; x/net: %q, %v", p, got, err, want, wantErr)
		}
		code := xnet.AppendHuffmanString(nil, string(p))
		if got, err := hpack.Unhuffman(code); err != nil || got != string(p) {
			t.Errorf("%q: %q, %v", p, got, err)
		}
		if len(code) >= len(p) {
			code = nil
		}
		if own := hpack.Huffman(string(p)); string(own) != string(code) {
			t.Errorf("%q: %x, x/net: %x", p, own, code)
		}
		if hpack.HashBytes(p) != hpack.HashString(string(p)) {
			t.Errorf("%q has two hashes", p)
		}
	})
}
