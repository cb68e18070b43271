// SPDX-License-Identifier: Apache-2.0

// Package leaktest fails tests that leave goroutines behind.
package leaktest

import (
	"testing"

	"go.uber.org/goleak"
)

// Main runs a package's tests, and fails when a goroutine outlives them. What
// it does not count ends by itself, a moment after its owner was closed.
func Main(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"),                        // half a second, so that the client reads the last response
		goleak.IgnoreAnyFunction("go.etcd.io/etcd/server/v3/storage/wal.(*filePipeline).run"), // closes a file first
	)
}
