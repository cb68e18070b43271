// SPDX-License-Identifier: Apache-2.0

// Package hpack is HPACK, the compression of HTTP/2's field sections
// (RFC 7541), for a gateway that decodes and encodes small sections all the
// time. In the steady state neither side allocates, but for values that have
// not come before.
//
// An [Encoder] belongs to what a connection sends, a [Decoder] to what it
// receives. Neither may be used by two goroutines at once, nor be copied after
// Init.
//
//	var enc hpack.Encoder
//	enc.Init(4096)
//	block := enc.AppendField(nil, ":status", "200", hpack.Indexed)
//	block = enc.AppendField(block, "set-cookie", "id=1", hpack.Never)
//
//	var dec hpack.Decoder
//	dec.Init(4096, 256<<10)
//	dec.Begin(64<<10, 100)
//	if err := dec.Write(block); err != nil { // HEADERS, and each CONTINUATION
//		return err // COMPRESSION_ERROR
//	}
//	if err := dec.Close(); err != nil { // END_HEADERS
//		return err
//	}
//	for _, f := range dec.Section.Fields {
//		use(f.Name, f.Value)
//	}
//	dec.End()
//
// Names and values are judged (RFC 9113, section 8.2.1) when they are read as
// literals; a field that comes from a table, or that has come before, brings
// the verdict and the [Kind] of its name with it.
package hpack
