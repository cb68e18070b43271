// SPDX-License-Identifier: Apache-2.0

package client

import (
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"errors"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Fields of a WebSocket's handshake in HTTP/1.1 (RFC 6455, section 4), which
// one in HTTP/2 has not (RFC 8441, section 5.1).
const (
	keyField     = "Sec-WebSocket-Key"
	versionField = "Sec-WebSocket-Version"
	acceptField  = "Sec-WebSocket-Accept"
)

var errAccept = errors.New("the target's Sec-WebSocket-Accept does not belong to the request")

// fromHTTP2 reports whether a request asks for a WebSocket in the way of HTTP/2.
func fromHTTP2(request *message.Request) bool {
	return request.Protocol != "" && message.EqualName(request.Protocol, "websocket")
}

// offerWebSocket gives such a request what it needs in HTTP/1.1.
func offerWebSocket(request *message.Request) error {
	if !fromHTTP2(request) {
		return nil
	}
	if !request.Header.Has(keyField) {
		var key [16]byte
		if _, err := rand.Read(key[:]); err != nil {
			return err
		}
		request.Header.Add(keyField, base64.StdEncoding.EncodeToString(key[:]))
	}
	if !request.Header.Has(versionField) {
		request.Header.Add(versionField, "13")
	}
	return nil
}

// acceptsWebSocket checks the target's answer to that, which is nothing for
// the client.
func acceptsWebSocket(request *message.Request, response *message.Response) error {
	if !fromHTTP2(request) {
		return nil
	}
	const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
	sum := sha1.Sum([]byte(request.Header.Get(keyField) + guid))
	if response.Header.Joined(acceptField) != base64.StdEncoding.EncodeToString(sum[:]) {
		return errAccept
	}
	response.Header.Del(acceptField)
	return nil
}
