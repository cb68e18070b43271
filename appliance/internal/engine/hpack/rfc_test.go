// SPDX-License-Identifier: Apache-2.0

package hpack_test

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/hpack"
)

func unhex(t testing.TB, s string) []byte {
	p, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The integers of RFC 7541, appendix C.1.
func TestIntegers(t *testing.T) {
	for _, c := range []struct {
		v      uint32
		prefix uint
		want   string
	}{{10, 5, "0a"}, {1337, 5, "1f9a0a"}, {42, 8, "2a"}, {0, 7, "00"}, {126, 7, "7e"}, {127, 7, "7f00"}, {1<<32 - 1, 7, "7f80ffffff0f"}} {
		got := hpack.AppendInt(nil, 0, c.prefix, c.v)
		if hex.EncodeToString(got) != c.want {
			t.Errorf("%d in %d bits: %x, want %s", c.v, c.prefix, got, c.want)
		}
		for n := 1; n < len(got); n++ {
			if _, m, err := hpack.ReadInt(got[:n], c.prefix); m != 0 || err != nil {
				t.Errorf("%x: %d, %v", got[:n], m, err)
			}
		}
		if v, n, err := hpack.ReadInt(got, c.prefix); v != c.v || n != len(got) || err != nil {
			t.Errorf("%x: %d, %d, %v", got, v, n, err)
		}
	}
}

type example struct {
	name   string
	table  uint32
	blocks []exampleBlock
}

type exampleBlock struct {
	wire  string
	size  int // of the table, afterwards
	lines string
	own   string // what our encoder writes, if it is something else
}

const (
	first  = ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com"
	second = first + "\ncache-control: no-cache"
	third  = ":method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\ncustom-key: custom-value"

	moved     = ":status: 302\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\nlocation: https://www.example.com"
	temporary = ":status: 307\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\nlocation: https://www.example.com"
	found     = ":status: 200\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:22 GMT\nlocation: https://www.example.com\n" +
		"content-encoding: gzip\nset-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"
)

// The examples of RFC 7541, appendix C.2 to C.6.
var examples = []example{
	{"C.2.1", 4096, []exampleBlock{{"400a637573746f6d2d6b65790d637573746f6d2d686561646572", 55, "custom-key: custom-header", "-"}}},
	{"C.2.2", 4096, []exampleBlock{{"040c2f73616d706c652f70617468", 0, ":path: /sample/path", "-"}}},
	{"C.2.3", 4096, []exampleBlock{{"100870617373776f726406736563726574", 0, "password: secret", "-"}}},
	{"C.2.4", 4096, []exampleBlock{{"82", 0, ":method: GET", ""}}},
	{"C.3", 4096, []exampleBlock{
		{"828684410f7777772e6578616d706c652e636f6d", 57, first, "-"},
		{"828684be58086e6f2d6361636865", 110, second, "-"},
		{"828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565", 164, third, "-"},
	}},
	{"C.4", 4096, []exampleBlock{
		{"828684418cf1e3c2e5f23a6ba0ab90f4ff", 57, first, ""},
		{"828684be5886a8eb10649cbf", 110, second, ""},
		{"828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf", 164, third, ""},
	}},
	{"C.5", 256, []exampleBlock{
		{"4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d", 222, moved, "-"},
		{"4803333037c1c0bf", 222, temporary, ""},
		{"88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31", 215, found, "-"},
	}},
	{"C.6", 256, []exampleBlock{
		{"488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3", 222, moved, ""},
		// The code of 307 is not shorter than 307: we do not use it.
		{"4883640effc1c0bf", 222, temporary, "4803333037c1c0bf"},
		{"88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007", 215, found, ""},
	}},
}

func lines(fields []hpack.Field) string {
	var all []string
	for _, f := range fields {
		all = append(all, f.Name+": "+f.Value)
	}
	return strings.Join(all, "\n")
}

func TestExamplesDecoded(t *testing.T) {
	for _, x := range examples {
		var d hpack.Decoder
		d.Init(x.table, 1000)
		for i, b := range x.blocks {
			d.Begin(10000, 100)
			if err := d.Write(unhex(t, b.wire)); err != nil || d.Close() != nil {
				t.Fatalf("%s.%d: %v", x.name, i+1, err)
			}
			if got := lines(d.Section.Fields); got != b.lines {
				t.Errorf("%s.%d:\n%s\nwant\n%s", x.name, i+1, got, b.lines)
			}
			if d.TableSize() != b.size {
				t.Errorf("%s.%d: a table of %d bytes, want %d", x.name, i+1, d.TableSize(), b.size)
			}
			sensitive := x.name == "C.2.3"
			if got := d.Section.Flags&hpack.Sensitive != 0; got != sensitive {
				t.Errorf("%s: sensitive: %t", x.name, got)
			}
			d.End()
		}
	}
}

func TestExamplesEncoded(t *testing.T) {
	for _, x := range examples {
		if slices.ContainsFunc(x.blocks, func(b exampleBlock) bool { return b.own == "-" && x.table == 4096 }) {
			continue // without Huffman codes
		}
		var e hpack.Encoder
		e.Init(x.table)
		for i, b := range x.blocks {
			var got []byte
			for _, line := range strings.Split(b.lines, "\n") {
				name, value, _ := strings.Cut(line, ": ")
				got = e.AppendField(got, name, value, hpack.Indexed)
			}
			if i == 0 && x.table == 256 {
				if hex.EncodeToString(got[:3]) != "3fe101" {
					t.Errorf("%s begins with %x", x.name, got[:3])
				}
				got = got[3:]
			}
			want := b.own
			if want == "" {
				want = b.wire
			}
			if want != "-" && hex.EncodeToString(got) != want {
				t.Errorf("%s.%d: %x, want %s", x.name, i+1, got, want)
			}
			if e.TableSize() != b.size {
				t.Errorf("%s.%d: a table of %d bytes, want %d", x.name, i+1, e.TableSize(), b.size)
			}
		}
	}
}

// Every name of the static table has a slot of its own, and every pair is found
// (RFC 7541, appendix A).
func TestStatic(t *testing.T) {
	slots := map[uint32]string{}
	for i, f := range hpack.StaticTable {
		slot := hpack.StaticSlot(f.Name)
		if other, taken := slots[slot]; taken && other != f.Name {
			t.Errorf("%s and %s share a slot", f.Name, other)
		}
		slots[slot] = f.Name
		if index, pair := hpack.FindStatic(f.Name, f.Value); !pair || index != uint32(i+1) {
			t.Errorf("%s: %s: %d, %t", f.Name, f.Value, index, pair)
		}
		if index, pair := hpack.FindStatic(f.Name, "no such value"); pair || hpack.StaticTable[index-1].Name != f.Name {
			t.Errorf("%s: %d, %t", f.Name, index, pair)
		}
		if f.Kind != hpack.KindOf(f.Name) || f.Kind.Pseudo() != (f.Name[0] == ':') || f.Flags != 0 {
			t.Errorf("%s: kind %d, flags %d", f.Name, f.Kind, f.Flags)
		}
	}
	for _, name := range []string{"", "x", "x-request-id", ":protocol", "te"} {
		if index, pair := hpack.FindStatic(name, ""); index != 0 || pair {
			t.Errorf("%q: %d", name, index)
		}
	}
}
