// SPDX-License-Identifier: Apache-2.0

package http2

// maxControl is how many bytes a connection may owe in answers to SETTINGS,
// PING, and malformed streams, which the peer does not read.
const maxControl = 64 << 10
