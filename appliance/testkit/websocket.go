// SPDX-License-Identifier: Apache-2.0

package testkit

import (
	"net/http"

	"github.com/coder/websocket"
)

// EchoWebSocket accepts a WebSocket and sends every message back until the
// client closes it.
func EchoWebSocket(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"echo"}})
	if err != nil {
		return // Accept has answered
	}
	defer func() { _ = conn.CloseNow() }() // fails if the client has closed it
	conn.SetReadLimit(-1)
	for {
		kind, message, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		if err := conn.Write(r.Context(), kind, message); err != nil {
			return
		}
	}
}
