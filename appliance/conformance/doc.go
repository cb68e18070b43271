// SPDX-License-Identifier: Apache-2.0

// Package conformance judges a whole gateway by suites that others wrote:
// h2spec for HTTP/2, the Connect project's suite for gRPC, gRPC-Web and
// Connect, and the gRPC project's interoperability cases. It holds nothing but
// tests.
//
// The tests need the suites' programs, which `make conformance` installs, and
// are skipped without them. They are told by the environment:
//
//	PENSTOCK_CONFORMANCE_H2SPEC   folder with h2spec
//	PENSTOCK_CONFORMANCE_CONNECT  folder with connectconformance, referenceserver and grpcserver
//	PENSTOCK_CONFORMANCE_INTEROP  folder with gRPC's interoperability client
//	PENSTOCK_CONFORMANCE_WRITE    "1" writes the figures to docs/conformance.md; without it they are compared
//
// testdata/connect says which cases of the Connect suite are run.
// testdata/exceptions lists the cases that fail, with a reason: one that fails and is
// not listed fails the test, and so does one that is listed and does not fail.
package conformance
