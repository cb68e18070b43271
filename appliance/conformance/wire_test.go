// SPDX-License-Identifier: Apache-2.0

package conformance_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// Values of the suite's enums Protocol and HTTPVersion.
const (
	protocolGRPC = 2
	version1     = 1
)

// A serverRequest is what the Connect suite asks a server to be: its message
// ServerCompatRequest.
type serverRequest struct {
	protocol, version uint64
	tls               bool
	limit             uint64 // size limit of a message, in bytes
	chain, key        []byte // PEM, for TLS
	clientCA          []byte // PEM of what clients prove themselves with, nil if they do not
}

// upstream returns the protocol that the gateway has to speak to a server
// that is as asked.
func (r serverRequest) upstream() string {
	switch {
	case r.version == version1:
		return "http"
	case r.protocol == protocolGRPC:
		return "grpc"
	}
	return "h2c"
}

// readServerRequest reads one message and its length before it: 32 bits,
// big-endian.
func readServerRequest(r io.Reader) (serverRequest, error) {
	var q serverRequest
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return q, fmt.Errorf("length of the request: %w", err)
	}
	message, err := io.ReadAll(io.LimitReader(r, int64(binary.BigEndian.Uint32(length[:]))))
	if err != nil {
		return q, err
	}
	if len(message) != int(binary.BigEndian.Uint32(length[:])) {
		return q, io.ErrUnexpectedEOF
	}
	err = fields(message, func(number protowire.Number, scalar uint64, text []byte) error {
		switch number {
		case 1:
			q.protocol = scalar
		case 2:
			q.version = scalar
		case 4:
			q.tls = scalar != 0
		case 5:
			q.clientCA = text
		case 6:
			q.limit = scalar
		case 7:
			return fields(text, func(number protowire.Number, _ uint64, text []byte) error {
				switch number {
				case 1:
					q.chain = text
				case 2:
					q.key = text
				}
				return nil
			})
		}
		return nil
	})
	return q, err
}

// fields calls do for every field of a message, with its value as a number or
// as bytes.
func fields(message []byte, do func(number protowire.Number, scalar uint64, text []byte) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		var scalar uint64
		var text []byte
		switch kind {
		case protowire.VarintType:
			scalar, n = protowire.ConsumeVarint(message)
		case protowire.BytesType:
			text, n = protowire.ConsumeBytes(message)
		default:
			n = protowire.ConsumeFieldValue(number, kind, message)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		if err := do(number, scalar, text); err != nil {
			return err
		}
	}
	return nil
}

// writeServerResponse writes the suite's message ServerCompatResponse.
func writeServerResponse(w io.Writer, host string, port uint64, chain string) error {
	message := make([]byte, 4)
	message = protowire.AppendTag(message, 1, protowire.BytesType)
	message = protowire.AppendString(message, host)
	message = protowire.AppendTag(message, 2, protowire.VarintType)
	message = protowire.AppendVarint(message, port)
	if chain != "" {
		message = protowire.AppendTag(message, 3, protowire.BytesType)
		message = protowire.AppendString(message, chain)
	}
	binary.BigEndian.PutUint32(message, uint32(len(message)-4))
	_, err := w.Write(message)
	return err
}

func TestServerRequest(t *testing.T) {
	message := []byte{0, 0, 0, 0, 1 << 3, 3, 2 << 3, 2, 4 << 3, 1, 5<<3 | 2, 1, 'a', 6 << 3, 0x80, 8, 7<<3 | 2, 6, 1<<3 | 2, 1, 'c', 2<<3 | 2, 1, 'k'}
	message[3] = byte(len(message) - 4)
	q, err := readServerRequest(bytes.NewReader(message))
	if err != nil || q.protocol != 3 || q.version != 2 || !q.tls || q.limit != 1024 || string(q.clientCA) != "a" || string(q.chain) != "c" || string(q.key) != "k" {
		t.Errorf("got %+v, %v", q, err)
	}
	for n := range message {
		if _, err := readServerRequest(bytes.NewReader(message[:n])); err == nil {
			t.Errorf("%d bytes of %d were taken for a request", n, len(message))
		}
	}
	var out bytes.Buffer
	if err := writeServerResponse(&out, "h", 300, "c"); err != nil {
		t.Fatal(err)
	}
	if want := "\x00\x00\x00\x09\x0a\x01h\x10\xac\x02\x1a\x01c"; out.String() != want {
		t.Errorf("wrote %q, want %q", out.String(), want)
	}
}
