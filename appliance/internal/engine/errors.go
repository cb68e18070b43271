// SPDX-License-Identifier: Apache-2.0

package engine

import "errors"

// ErrServerClosed says that a server takes no changes any more.
var ErrServerClosed = errors.New("the server is closed")

// ErrNoUpgrade says that a target cannot switch protocols: it speaks HTTP/2
// and does not take an extended CONNECT (RFC 8441).
var ErrNoUpgrade = errors.New("the target cannot switch protocols")
