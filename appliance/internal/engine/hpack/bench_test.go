// SPDX-License-Identifier: Apache-2.0

package hpack_test

import (
	"bytes"
	"slices"
	"strconv"
	"testing"

	xnet "golang.org/x/net/http2/hpack"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/hpack"
)

type pair struct {
	name, value string
	index       hpack.Index
}

// What one gRPC call has: its head, as a gateway sends it to a target, and the
// head and trailers of the response.
var (
	request = []pair{
		{":method", "POST", hpack.Indexed},
		{":scheme", "http", hpack.Indexed},
		{":path", "/grpc.testing.BenchmarkService/UnaryCall", hpack.Indexed},
		{":authority", "127.0.0.1:50051", hpack.Indexed},
		{"content-type", "application/grpc", hpack.Indexed},
		{"te", "trailers", hpack.Indexed},
		{"user-agent", "grpc-go/1.65.0", hpack.Indexed},
		{"grpc-accept-encoding", "gzip", hpack.Indexed},
		{"x-forwarded-for", "192.0.2.17", hpack.Unindexed},
		{"x-request-id", "6f1c2a54-9d1e-4c07-8b1d-3f6e5a90c2b7", hpack.Unindexed},
	}
	response = []pair{
		{":status", "200", hpack.Indexed},
		{"content-type", "application/grpc", hpack.Indexed},
	}
	trailers = []pair{
		{"grpc-status", "0", hpack.Indexed},
		{"grpc-message", "", hpack.Indexed},
	}
	sections = map[string][]pair{"request": request, "response": response, "trailers": trailers}
)

// nameIndexed has the names of unindexed fields enter the table.
func nameIndexed(pairs []pair) []pair {
	pairs = slices.Clone(pairs)
	for i := range pairs {
		if pairs[i].index == hpack.Unindexed {
			pairs[i].index = hpack.NameIndexed
		}
	}
	return pairs
}

// vary gives the last value of a request another number, as each call has one.
func vary(pairs []pair, n int) []pair {
	last := pairs[len(pairs)-1]
	if last.name != "x-request-id" {
		return pairs
	}
	pairs = slices.Clone(pairs)
	pairs[len(pairs)-1].value = last.value[:24] + strconv.FormatInt(0x3f6e5a90c2b7+int64(n)*7919, 16)
	return pairs
}

const variants = 1024 // more than a decoder remembers

func variantsOf(pairs []pair) (all [variants][]pair) {
	for i := range all {
		all[i] = vary(pairs, i)
	}
	return all
}

func BenchmarkEncode(b *testing.B) {
	for name, pairs := range sections {
		all := variantsOf(pairs)
		own := func(b *testing.B, all *[variants][]pair) {
			var e hpack.Encoder
			e.Init(4096)
			dst := make([]byte, 0, 4096)
			for i := 0; b.Loop(); i++ {
				dst = dst[:0]
				for _, f := range all[i%variants] {
					dst = e.AppendField(dst, f.name, f.value, f.index)
				}
			}
		}
		names := variantsOf(nameIndexed(pairs))
		b.Run(name+"/own", func(b *testing.B) { own(b, &all) })
		b.Run(name+"/names", func(b *testing.B) { own(b, &names) })
		b.Run(name+"/xnet", func(b *testing.B) {
			var dst bytes.Buffer
			e := xnet.NewEncoder(&dst)
			for i := 0; b.Loop(); i++ {
				dst.Reset()
				for _, f := range all[i%variants] {
					e.WriteField(xnet.HeaderField{Name: f.name, Value: f.value, Sensitive: f.index != hpack.Indexed})
				}
			}
		})
	}
}

// encoded returns sections in the steady state of an encoder: first what brings
// a decoder there.
func encoded(pairs []pair) (first []byte, blocks [variants][]byte) {
	var e hpack.Encoder
	e.Init(4096)
	section := func(pairs []pair) (dst []byte) {
		for _, f := range pairs {
			dst = e.AppendField(dst, f.name, f.value, f.index)
		}
		return dst
	}
	first = section(pairs)
	for i, p := range variantsOf(pairs) {
		blocks[i] = section(p)
	}
	return first, blocks
}

func BenchmarkDecode(b *testing.B) {
	for name, pairs := range sections {
		first, blocks := encoded(pairs)
		own := func(b *testing.B, first []byte, blocks *[variants][]byte) {
			var d hpack.Decoder
			d.Init(4096, 256<<10)
			decode := func(p []byte) {
				d.Begin(64<<10, 105)
				if d.Write(p) != nil || d.Close() != nil || d.Section.Over || d.Section.Flags&(hpack.BadName|hpack.BadValue) != 0 {
					b.Fatal("not decoded")
				}
				d.End()
			}
			decode(first)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				decode(blocks[i%variants])
			}
		}
		firstNames, names := encoded(nameIndexed(pairs))
		b.Run(name+"/own", func(b *testing.B) { own(b, first, &blocks) })
		b.Run(name+"/names", func(b *testing.B) { own(b, firstNames, &names) })
		b.Run(name+"/xnet", func(b *testing.B) {
			var fields []hpack.Field
			d := xnet.NewDecoder(4096, func(f xnet.HeaderField) { fields = append(fields, hpack.Field{Name: f.Name, Value: f.Value}) })
			d.SetMaxStringLength(256 << 10)
			decode := func(p []byte) {
				if _, err := d.Write(p); err != nil || d.Close() != nil {
					b.Fatal(err)
				}
				clear(fields)
				fields = fields[:0]
			}
			decode(first)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				decode(blocks[i%variants])
			}
		})
	}
}

// BenchmarkHuffman encodes and decodes a value as it comes with each request.
func BenchmarkHuffman(b *testing.B) {
	for _, s := range []string{"6f1c2a54-9d1e-4c07-8b1d-3f6e5a90c2b7", "/grpc.testing.BenchmarkService/UnaryCall"} {
		code := xnet.AppendHuffmanString(nil, s)
		b.Run(s+"/encode/own", func(b *testing.B) {
			dst := make([]byte, 0, 128)
			for b.Loop() {
				dst = hpack.AppendString(dst[:0], s)
			}
		})
		b.Run(s+"/encode/xnet", func(b *testing.B) {
			dst := make([]byte, 0, 128)
			for b.Loop() {
				if xnet.HuffmanEncodeLength(s) < uint64(len(s)) {
					dst = xnet.AppendHuffmanString(dst[:0], s)
				}
			}
		})
		b.Run(s+"/decode/own", func(b *testing.B) {
			dst := make([]byte, 128)
			for b.Loop() {
				hpack.DecodeHuffman(dst, code)
			}
		})
		b.Run(s+"/decode/xnet", func(b *testing.B) {
			var dst bytes.Buffer
			for b.Loop() {
				dst.Reset()
				xnet.HuffmanDecode(&dst, code)
			}
		})
	}
}
