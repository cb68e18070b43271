// SPDX-License-Identifier: Apache-2.0

package hpack_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/hpack"
)

// The representations of a field (RFC 7541, section 6).
func TestRepresentations(t *testing.T) {
	var e hpack.Encoder
	e.Init(4096)
	for i, c := range []struct {
		name, value string
		index       hpack.Index
		want        string
	}{
		{":method", "GET", hpack.Indexed, "82"},
		{":method", "GET", hpack.Unindexed, "82"},
		{":method", "GET", hpack.Never, "12 03474554"},
		{"date", "", hpack.Indexed, "a1"},
		{"~~", "~", hpack.Indexed, "40 027e7e 017e"},
		{"~~", "~", hpack.Indexed, "be"},
		{"~~", "~", hpack.Unindexed, "0f2f 017e"},
		{"~~", "~", hpack.Never, "1f2f 017e"},
		{"~~", "", hpack.Indexed, "7e 00"},
		{"~~", "~", hpack.Indexed, "bf"},
		{"~~~", "~", hpack.Unindexed, "00 037e7e7e 017e"},
		{"~~~", "~", hpack.Never, "10 037e7e7e 017e"},
		{"~!", "~", hpack.NameIndexed, "40 027e21 017e"},
		{"~!", "~~", hpack.NameIndexed, "0f2f 027e7e"},
		{"~!", "~", hpack.Indexed, "be"},
		{"date", "~", hpack.NameIndexed, "0f12 017e"},
		{"age", "", hpack.NameIndexed, "95"},
		{"authorization", "~", hpack.Never, "1f08 017e"},
		{"", "", hpack.Indexed, "40 00 00"},
		{"", "", hpack.Indexed, "be"},
		{"~", strings.Repeat("~", 4096-32), hpack.Indexed, "00017e 7fe11e" + strings.Repeat("7e", 4064)}, // does not fit
		{"", "", hpack.Indexed, "be"},
		{"~", strings.Repeat("~", 4096-33), hpack.Indexed, "40017e 7fe01e" + strings.Repeat("7e", 4063)}, // fits alone
		{"", "", hpack.Unindexed, "00 00 00"},
		{"!", strings.Repeat("~", 4096-32), hpack.NameIndexed, "000121 7fe11e" + strings.Repeat("7e", 4064)}, // does not fit
		{"~", strings.Repeat("a", 300), hpack.Never, "1f2f ff3d" + strings.Repeat("18c6318c63", 37) + "18c63f"},
	} {
		got := hex.EncodeToString(e.AppendField(nil, c.name, c.value, c.index))
		if want := strings.ReplaceAll(c.want, " ", ""); got != want {
			t.Errorf("%d: %.20s: %.20s, %d: %.60s, want %.60s", i, c.name, c.value, c.index, got, want)
		}
	}
}

// A change of the table's size is told at the beginning of the next section,
// with the smallest size in between (RFC 7541, section 4.2).
func TestSizeUpdates(t *testing.T) {
	for _, c := range []struct {
		about string
		sizes []uint32
		want  string
		table int
	}{
		{"no change", []uint32{4096}, "", 37 + 35},
		{"more than we use", []uint32{1 << 20}, "", 37 + 35},
		{"smaller", []uint32{2000}, "3fb10f", 37 + 35},
		{"too small for both", []uint32{40}, "3f09", 35},
		{"none", []uint32{0}, "20", 0},
		{"none and all", []uint32{0, 4096}, "203fe11f", 35},
		{"none, and more than we use", []uint32{0, 1 << 20}, "203fe11f", 35},
		{"smaller in between", []uint32{2000, 4096}, "203fe11f", 35},
		{"smaller in between, and nothing left", []uint32{30, 4096}, "3e3fe11f", 35},
		{"smaller twice", []uint32{2000, 1000}, "3fc907", 37 + 35},
		{"up and down", []uint32{1000, 2000, 100}, "203f45", 35},
	} {
		var e hpack.Encoder
		e.Init(4096)
		e.AppendField(nil, "n1", "v12", hpack.Indexed)
		for _, n := range c.sizes {
			e.SetMaxTableSize(n)
		}
		got := e.AppendField(nil, "c", "dd", hpack.Indexed)
		at := len(got) - len(e.AppendField(nil, ":status", "200", hpack.Indexed))
		update := ""
		for len(got) > 0 && got[0]&0xe0 == 0x20 {
			_, n, err := hpack.ReadInt(got, 5)
			if err != nil {
				t.Fatal(err)
			}
			update += hex.EncodeToString(got[:n])
			got = got[n:]
		}
		if update != c.want || at < 1 || e.TableSize() != c.table {
			t.Errorf("%s: %s, want %s; a table of %d bytes, want %d", c.about, update, c.want, e.TableSize(), c.table)
		}
		if again := e.AppendField(nil, ":status", "200", hpack.Indexed); len(again) != 1 {
			t.Errorf("%s: told again: %x", c.about, again)
		}
	}
	var e hpack.Encoder
	e.Init(100)
	if got := e.AppendField(nil, ":status", "200", hpack.Indexed); hex.EncodeToString(got) != "3f4588" {
		t.Errorf("a smaller table from the beginning: %x", got)
	}
}

// The table stays within its bound, finds what it has, and nothing else, for
// many more fields than it holds.
func TestTable(t *testing.T) {
	var e hpack.Encoder
	e.Init(4096)
	var d hpack.Decoder
	d.Init(4096, 1000)
	e.Renumber(1<<32 - 2000) // the numbers of the entries go round
	// Names and values whose hashes are the same are still told apart.
	alike := func(c string) string { return strings.Repeat("x", 10) + c + strings.Repeat("x", 53) }
	if hpack.HashString(alike("a")) != hpack.HashString(alike("b")) {
		t.Error("the hashes are not the same: choose other strings")
	}
	for _, f := range [][2]string{{"n", alike("a")}, {"n", alike("b")}, {alike("a"), "v"}, {alike("b"), "v"}, {"n", alike("a")}} {
		s := section(t, &d, 1000, 10, e.AppendField(nil, f[0], f[1], hpack.Indexed))
		if s.Fields[0].Name != f[0] || s.Fields[0].Value != f[1] {
			t.Errorf("%q, want %q", s.Fields, f)
		}
		s = section(t, &d, 1000, 10, e.AppendField(nil, f[0], "-", hpack.Unindexed))
		if s.Fields[0].Name != f[0] {
			t.Errorf("%q, want %q", s.Fields, f)
		}
		d.End()
	}
	for i := range 5000 {
		name, value := fmt.Sprint("n", i%7), fmt.Sprint("v", i%(50+i%60))
		s := section(t, &d, 1000, 10, e.AppendField(nil, name, value, hpack.Indexed))
		if len(s.Fields) != 1 || s.Fields[0].Name != name || s.Fields[0].Value != value {
			t.Fatalf("%d: %q, want %s: %s", i, s.Fields, name, value)
		}
		d.End()
		if e.TableSize() > 4096 || e.TableSize() != d.TableSize() || e.Slots() > 128 {
			t.Fatalf("tables of %d and %d bytes, %d slots", e.TableSize(), d.TableSize(), e.Slots())
		}
		if again := e.AppendField(nil, name, value, hpack.Indexed); len(again) > 2 || again[0] < 0x80 {
			t.Fatalf("%s: %s is not found again: %x", name, value, again)
		}
	}
}
