// SPDX-License-Identifier: Apache-2.0

// Package testkit holds what tests of the gateway talk to: targets that echo
// over HTTP, gRPC and WebSocket, and certificates for them.
package testkit
