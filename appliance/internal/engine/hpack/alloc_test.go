// SPDX-License-Identifier: Apache-2.0

package hpack_test

import (
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/hpack"
)

// Encoding allocates nothing, once the table has what comes again.
func TestEncoderAllocates(t *testing.T) {
	for name, pairs := range sections {
		var e hpack.Encoder
		e.Init(4096)
		dst := make([]byte, 0, 1024)
		if n := testing.AllocsPerRun(100, func() {
			dst = dst[:0]
			for _, f := range pairs {
				dst = e.AppendField(dst, f.name, f.value, f.index)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// Decoding allocates nothing for what has come before, indexed or not, and one
// string for a value that is new.
func TestDecoderAllocates(t *testing.T) {
	for name, pairs := range sections {
		first, blocks := encoded(pairs)
		for _, fresh := range []bool{false, true} {
			var d hpack.Decoder
			d.Init(4096, 1000)
			decode := func(p []byte) {
				d.Begin(1000, 20)
				for len(p) > 0 {
					n := min(7, len(p)) // parts
					if err := d.Write(p[:n]); err != nil {
						t.Fatal(err)
					}
					p = p[n:]
				}
				if err := d.Close(); err != nil {
					t.Fatal(err)
				}
				d.End()
			}
			decode(first)
			decode(blocks[0])
			decode(blocks[0])
			want, i := 0.0, 0
			if fresh && name == "request" {
				want = 1
			}
			if n := testing.AllocsPerRun(100, func() {
				if fresh {
					i++
				}
				decode(blocks[i%variants])
			}); n > want {
				t.Errorf("%s: %v allocations, want %v", name, n, want)
			}
		}
	}
}
