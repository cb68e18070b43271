// SPDX-License-Identifier: Apache-2.0

// Package hostile attacks a whole gateway from both sides: clients that send
// what no honest client would, and targets that answer what no honest target
// would. It holds nothing but tests.
//
// Every case says two things: what the client gets, and what the upstream saw,
// byte for byte but for the names' case and order and for the fields by which
// the gateway says who asks. The rules are those of RFC 9110, RFC 9112 and
// RFC 9113 at their strictest: whatever two parsers might read in two ways is
// refused, answered 400 (or with a reset), and never forwarded.
//
// A request that is forwarded is judged twice more: net/http and nginx must
// read it as one request, with the same method, target, host and body. Without
// nginx in PATH that half is left out, and the test says so.
//
// The fuzz tests send whole connections. Their property is that the upstream
// never sees a request that the router did not approve.
package hostile
