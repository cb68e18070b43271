// SPDX-License-Identifier: Apache-2.0

package http2

import "errors"

// Errors of the server's side.
var (
	ErrResponded  = errors.New("the exchange has been answered already")
	ErrNoUpgrade  = errors.New("the request is no extended CONNECT")
	ErrTunnels    = errors.New("there are as many upgraded connections as the listener may have")
	ErrBodyClosed = errors.New("the request's body has been closed")
)
