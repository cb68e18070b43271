// SPDX-License-Identifier: Apache-2.0

package engine

import "errors"

// Errors of misuse, and of what a protocol cannot do.
var (
	ErrResponded    = errors.New("the exchange has been answered already")
	ErrNoUpgrade    = errors.New("only HTTP/1.1 can switch protocols")
	ErrServerClosed = errors.New("the server is closed")
)
