// SPDX-License-Identifier: Apache-2.0

package hpack

import "errors"

// What can be wrong with an encoded field section. The connection cannot go on
// after any of them: COMPRESSION_ERROR (RFC 9113, section 4.3).
var (
	// ErrIndex is an index that is 0, or beyond the tables (RFC 7541, sections
	// 2.3.3 and 6.1).
	ErrIndex = errors.New("hpack: an index that the tables do not have")
	// ErrInteger is an integer above 2^32-1, or of more than six bytes (RFC 7541,
	// section 5.1).
	ErrInteger = errors.New("hpack: an integer that is too large")
	// ErrHuffman is a Huffman-coded string that has EOS in it, or does not end
	// with less than eight bits of EOS (RFC 7541, section 5.2).
	ErrHuffman = errors.New("hpack: a string that is no Huffman code")
	// ErrStringTooLong is a name or value that is longer than the decoder's limit,
	// as it was sent or decoded (RFC 7541, section 7.4).
	ErrStringTooLong = errors.New("hpack: a string that is too long")
	// ErrSizeUpdate is a table size above the limit, or an update that is not at
	// the beginning of a section (RFC 7541, sections 4.2 and 6.3).
	ErrSizeUpdate = errors.New("hpack: a wrong update of the table's size")
	// ErrTruncated is a section that ends within a field.
	ErrTruncated = errors.New("hpack: a section that ends within a field")
)
