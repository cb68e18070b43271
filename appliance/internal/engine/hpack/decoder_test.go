// SPDX-License-Identifier: Apache-2.0

package hpack_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/hpack"
)

// What a section must not have, and what it may have although it looks odd.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		about, wire string
		want        error
	}{
		{"index 0 (6.1)", "80", hpack.ErrIndex},
		{"the first index behind an empty table (2.3.3)", "be", hpack.ErrIndex},
		{"an index behind the table", "4001610162bebf", hpack.ErrIndex},
		{"the only one of the table", "4001610162be", nil},
		{"a large index", "ff80808008", hpack.ErrIndex},
		{"a name's index behind the table", "7e0161", hpack.ErrIndex},
		{"a name's index behind the table, not indexed", "0f2f0161", hpack.ErrIndex},
		{"an index of an evicted field", "4001610162 204001610162be", hpack.ErrSizeUpdate},
		{"an integer above 2^32-1 (5.1)", "ff80ffffff0f", nil},
		{"an integer of seven bytes (5.1)", "ff808080808000", hpack.ErrInteger},
		{"an integer of 2^32", "ff81ffffff0f", hpack.ErrInteger},
		{"an integer without an end", "ffffffffffffffffffffff", hpack.ErrInteger},
		{"a length without an end", "007fffffffffffff", hpack.ErrInteger},
		{"a name longer than allowed", "00657f", hpack.ErrStringTooLong},
		{"a value longer than allowed", "000161ff01", hpack.ErrStringTooLong},
		{"a value longer than allowed when decoded", "000161 c1" + strings.Repeat("00", 65), hpack.ErrStringTooLong},
		{"a value longer by one byte", "000161 c0" + strings.Repeat("00", 63) + "7f", hpack.ErrStringTooLong},
		{"a value as long as allowed", "000161 bf" + strings.Repeat("00", 62) + "0f", nil},
		{"a field that empties the table (4.4)", "3f09 4001610162 be 4001610a" + strings.Repeat("61", 10) + "be", hpack.ErrIndex},
		{"EOS (5.2)", "000161 84ffffffff", hpack.ErrHuffman},
		{"EOS behind something", "000161 851fffffffff", hpack.ErrHuffman},
		{"eight bits of padding", "000161 821fff", hpack.ErrHuffman},
		{"a byte of padding", "000161 81ff", hpack.ErrHuffman},
		{"seven bits of padding", "000161 82 f8ff", hpack.ErrHuffman},
		{"three bits of padding", "000161 811f", nil},
		{"padding of zeros", "000161 8118", hpack.ErrHuffman},
		{"an incomplete code", "000161 83fffffe", hpack.ErrHuffman},
		{"EOS in a name", "00 84ffffffff 00", hpack.ErrHuffman},
		{"an empty Huffman code", "000161 80", nil},
		{"an update above the limit (6.3)", "3fe21f", hpack.ErrSizeUpdate},
		{"an update to the limit", "3fe11f", nil},
		{"two updates (4.2)", "203fe11f82", nil},
		{"three updates", "20213fe11f82", nil},
		{"an update behind a field (4.2)", "823fe11f", hpack.ErrSizeUpdate},
		{"an update behind a literal", "000161016220", hpack.ErrSizeUpdate},
		{"an index without its end", "ff", hpack.ErrTruncated},
		{"an update without its end", "3f", hpack.ErrTruncated},
		{"a literal without anything", "40", hpack.ErrTruncated},
		{"a literal within its name", "400261", hpack.ErrTruncated},
		{"a literal without a value", "400161", hpack.ErrTruncated},
		{"a literal within its value", "4001610362", hpack.ErrTruncated},
		{"nothing", "", nil},
	} {
		wire := unhex(t, c.wire)
		for _, limited := range []bool{false, true} {
			var d hpack.Decoder
			d.Init(4096, 100)
			d.Begin(1<<20, 100)
			if limited {
				d.Begin(0, 0)
			}
			err := d.Write(wire)
			if err == nil {
				err = d.Close()
			}
			want := c.want
			if c.wire == "ff80ffffff0f" {
				want = hpack.ErrIndex // the integer is one
			}
			if !errors.Is(err, want) {
				t.Errorf("%s: %s: %v, want %v", c.about, c.wire, err, want)
			}
			if limited && len(d.Section.Fields) > 0 {
				t.Errorf("%s: %q", c.about, d.Section.Fields)
			}
			if err != nil && (!errors.Is(d.Write([]byte{0x82}), want) || !errors.Is(d.Close(), want)) {
				t.Errorf("%s: the decoder goes on", c.about)
			}
		}
	}
}

func section(t *testing.T, d *hpack.Decoder, maxBytes, maxFields int, block []byte) *hpack.Section {
	t.Helper()
	d.Begin(maxBytes, maxFields)
	if err := d.Write(block); err != nil {
		t.Fatalf("%x: %v", block, err)
	}
	if err := d.Close(); err != nil {
		t.Fatalf("%x: %v", block, err)
	}
	return &d.Section
}

// Of a section that is too large the rest goes into the table only (RFC 9113,
// section 10.5.1).
func TestLimits(t *testing.T) {
	var e hpack.Encoder
	e.Init(4096)
	var block []byte
	for i := range 10 {
		block = e.AppendField(block, fmt.Sprint("name-", i), "value", hpack.Indexed)
		block = e.AppendField(block, "not-indexed", "value", hpack.Unindexed)
	}
	var indexed []byte
	for i := range 10 {
		indexed = e.AppendField(indexed, fmt.Sprint("name-", i), "value", hpack.Indexed)
	}
	const size = 10 * (6 + 5 + 32 + 11 + 5 + 32)
	for _, c := range []struct {
		maxBytes, maxFields, fields int
		over                        bool
	}{
		{size, 20, 20, false},
		{size - 1, 20, 19, true},
		{size, 19, 19, true},
		{43 + 48, 20, 2, true},
		{43 + 47, 20, 1, true},
		{0, 0, 0, true},
	} {
		var d hpack.Decoder
		d.Init(4096, 100)
		s := section(t, &d, c.maxBytes, c.maxFields, block)
		if len(s.Fields) != c.fields || s.Over != c.over {
			t.Errorf("%+v: %d fields, over: %t", c, len(s.Fields), s.Over)
		}
		d.End()
		s = section(t, &d, size, 20, indexed)
		if len(s.Fields) != 10 || s.Over || s.Fields[9].Name != "name-9" {
			t.Errorf("%+v: then %q", c, s.Fields)
		}
	}
}

// Fields are judged once, and bring the verdict with them (RFC 9113, sections
// 8.2 and 8.2.1).
func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name, value string
		kind        hpack.Kind
		flags       hpack.Flags
	}{
		{"x", "y", hpack.Regular, 0},
		{"", "y", hpack.Regular, hpack.BadName},
		{":", "y", hpack.UnknownPseudo, hpack.BadName},
		{":x", "y", hpack.UnknownPseudo, 0},
		{"::x", "y", hpack.UnknownPseudo, hpack.BadName},
		{"X", "y", hpack.Regular, hpack.BadName},
		{"x y", "y", hpack.Regular, hpack.BadName},
		{"x\xc3", "y", hpack.Regular, hpack.BadName},
		{":protocol", "y", hpack.Protocol, 0},
		{":path", " /", hpack.Path, hpack.BadValue},
		{"host", "a", hpack.Host, 0},
		{"te", "a", hpack.TE, 0},
		{"upgrade", "a", hpack.ConnectionSpecific, 0},
		{"transfer-encoding", "chunked", hpack.ConnectionSpecific, 0},
		{"content-length", "1", hpack.ContentLength, 0},
		{"cookie", "a", hpack.Cookie, 0},
		{"x", "", hpack.Regular, 0},
		{"x", "a\tb", hpack.Regular, 0},
		{"x", "a\x7fb", hpack.Regular, hpack.BadValue},
		{"x", "a\r\nb", hpack.Regular, hpack.BadValue},
		{"x", "a\x00b", hpack.Regular, hpack.BadValue},
		{"x", "aaaaaaaaaaaaaaaaaaaaaaaa\x00", hpack.Regular, hpack.BadValue},
		{"x", "aaaaaaaaaaaaaaa\x1faaaaaaaaaaaaa", hpack.Regular, hpack.BadValue},
		{"x", "aaaaaaaa\taaaaaaa\x7faaaaaaaaaaaaa", hpack.Regular, hpack.BadValue},
		{"x", "aaaaaaaa\taaaaaaa\x80\xffaaaaaaaaaaaa", hpack.Regular, 0},
		{"x", "a\t", hpack.Regular, hpack.BadValue},
		{"X", "\n", hpack.Regular, hpack.BadName | hpack.BadValue},
	} {
		for _, index := range []hpack.Index{hpack.Indexed, hpack.Unindexed, hpack.Never} {
			var e hpack.Encoder
			e.Init(4096)
			var d hpack.Decoder
			d.Init(4096, 100)
			want := hpack.Field{Name: c.name, Value: c.value, Kind: c.kind, Flags: c.flags}
			if index == hpack.Never {
				want.Flags |= hpack.Sensitive
			}
			for range 4 {
				s := section(t, &d, 1000, 10, e.AppendField(nil, c.name, c.value, index))
				if len(s.Fields) != 1 || s.Fields[0] != want || s.Flags != want.Flags {
					t.Errorf("%q, want %q", s.Fields, want)
				}
				d.End()
			}
			plain := []byte{0, byte(len(c.name))}
			plain = append(append(append(plain, c.name...), byte(len(c.value))), c.value...)
			if s := section(t, &d, 1000, 10, plain); s.Fields[0].Flags != c.flags || s.Fields[0].Kind != c.kind {
				t.Errorf("%q, want %q", s.Fields, want)
			}
		}
	}
}

// What is wrong with a name is known of the fields that refer to it, and what
// is known of a value is not taken for a name's.
func TestVerdictsInherited(t *testing.T) {
	var d hpack.Decoder
	d.Init(4096, 100)
	s := section(t, &d, 1000, 10, unhex(t, "4001580120 be 7e0162 0f2f0163"))
	for i, want := range []hpack.Flags{hpack.BadName | hpack.BadValue, hpack.BadName | hpack.BadValue, hpack.BadName, hpack.BadName} {
		if s.Fields[i].Name != "X" || s.Fields[i].Flags != want {
			t.Errorf("%q, want %b", s.Fields[i], want)
		}
	}
	for range 3 {
		s = section(t, &d, 1000, 10, unhex(t, "0001610158 0001610158 0001580161 00000161 000000 0001610161"))
		for i, want := range []hpack.Flags{0, 0, hpack.BadName, hpack.BadName, hpack.BadName, 0} {
			if s.Fields[i].Flags != want {
				t.Errorf("%q, want %b", s.Fields[i], want)
			}
		}
	}
}

// A literal that comes again is remembered from its second coming on, but for
// secrets (RFC 7541, section 7.1.3) and what is long.
func TestRecent(t *testing.T) {
	long := strings.Repeat("x", 200)
	for _, c := range []struct {
		value string
		index hpack.Index
		want  bool
	}{{"value", hpack.Unindexed, true}, {"\x00\x01", hpack.Unindexed, true}, {"secret", hpack.Never, false}, {long, hpack.Unindexed, false}} {
		var e hpack.Encoder
		e.Init(4096)
		var d hpack.Decoder
		d.Init(4096, 1000)
		for i := range 3 {
			s := section(t, &d, 1000, 10, e.AppendField(nil, "some-name", c.value, c.index))
			if s.Fields[0].Name != "some-name" || s.Fields[0].Value != c.value {
				t.Errorf("%q", s.Fields)
			}
			d.End()
			if got := d.Remembers(c.value); got != (c.want && i > 0) {
				t.Errorf("%q, %d: remembered: %t", c.value, i+1, got)
			}
		}
	}
}

// However much comes, a decoder keeps no more than its table and one field.
func TestMemory(t *testing.T) {
	const most = 10000
	var d hpack.Decoder
	d.Init(4096, most)
	d.Begin(1<<30, 1<<30)
	for range 100000 { // the smallest entries there are
		if err := d.Write([]byte{0x40, 0, 0}); err != nil {
			t.Fatal(err)
		}
		if len(d.Section.Fields) > 1000 {
			d.Begin(1<<30, 1<<30)
		}
	}
	if d.TableSize() != 4096 || d.Slots() != 128 {
		t.Errorf("a table of %d bytes with %d slots", d.TableSize(), d.Slots())
	}
	d.End()
	// A value that is as long as allowed, in small parts.
	d.Begin(1<<30, 1<<30)
	field := hpack.AppendInt([]byte{0, 1, 'a'}, 0x80, 7, most)
	if err := d.Write(field); err != nil {
		t.Fatal(err)
	}
	for range most / 10 {
		if err := d.Write(make([]byte, 10)); err != nil {
			break
		}
		if d.Kept() > 4*most {
			t.Fatalf("%d bytes kept", d.Kept())
		}
	}
	d.End()
	if d.Kept() > 1024 || cap(d.Section.Fields) > 64 {
		t.Errorf("%d bytes and %d fields kept", d.Kept(), cap(d.Section.Fields))
	}
	// A field whose strings are longer is refused before they have come.
	d.Init(4096, most)
	d.Begin(1<<30, 1<<30)
	if err := d.Write(hpack.AppendInt([]byte{0, 1, 'a'}, 0, 7, most+1)); !errors.Is(err, hpack.ErrStringTooLong) {
		t.Error(err)
	}
}
