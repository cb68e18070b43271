// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"os"
	"testing"
)

// pendingEngine are the tests that the engine of adapters to net/http fails.
// PENSTOCK_E2E_PENDING=1 runs them all the same.
var pendingEngine = map[string]bool{
	"TestKilledTargetRestarts/h2c,_hard_true":                                            true, // a GET into a connection that has gone is not always sent again
	"TestKilledTargetRestarts/http,_hard_true":                                           true, // likewise
	"TestKilledTargetRestarts/http,_hard_false":                                          true, // likewise
	"TestKilledInACall/RST,_message_before_true":                                         true, // INTERNAL instead of UNAVAILABLE
	"TestKilledInACall/FIN,_message_before_true":                                         true, // likewise
	"TestFloodOfResets":                                                                  true, // streams that end as fast as they come are not counted
	"TestFloodOfContinuations/empty_frames":                                              true, // are not counted
	"TestFloodOfControlFrames/SETTINGS":                                                  true, // what is owed in answers to them has no limit
	"TestFloodOfSlowHeads":                                                               true, // answered with 400, or not at all, instead of 408
	"TestFloodOfSlowHeadsOverHTTP2/field_block":                                          true, // header_timeout ends with the preface
	"TestFloodOfSlowReadersHoldsLittle/HTTP/1.1_connections_that_nobody_reads_from_http": true, // 140 KiB
	"TestFloodOfSlowReadersHoldsLittle/HTTP/1.1_connections_that_nobody_reads_from_h2c":  true, // 1.1 MiB
	"TestFloodOfSlowReadersHoldsLittle/HTTP/2_streams_that_nobody_reads_from_h2c":        true, // 1.1 MiB
	"TestFloodOfSlowReadersHoldsLittle/HTTP/2_streams_without_window_updates_from_h2c":   true, // 1.1 MiB
	"TestFloodOfSlowReadersHoldsLittle/HTTP/2_streams_with_zero_windows_from_h2c":        true, // 1.1 MiB
	"TestFloodOfSlowReadersIsCut/HTTP/1.1_connections_that_nobody_reads_from_http":       true, // nobody is
	"TestFloodOfSlowReadersIsCut/HTTP/2_streams_that_nobody_reads_from_http":             true, // nobody is
	"TestFloodOfSlowReadersIsCut/HTTP/2_streams_without_window_updates_from_http":        true, // nobody is
	"TestFloodOfSlowReadersIsCut/HTTP/2_streams_with_zero_windows_from_http":             true, // nobody is
	"TestFloodOfSlowReadersIsCut/HTTP/1.1_connections_that_nobody_reads_from_h2c":        true, // nobody is
	"TestFloodOfSlowReadersIsCut/HTTP/2_streams_that_nobody_reads_from_h2c":              true, // nobody is
	"TestFloodOfSlowReadersIsCut/HTTP/2_streams_without_window_updates_from_h2c":         true, // nobody is
	"TestFloodOfSlowReadersIsCut/HTTP/2_streams_with_zero_windows_from_h2c":              true, // nobody is
	"TestFloodOfSlowHeadsOverHTTP2/frame":                                                true, // likewise
}

func pending(t *testing.T) {
	t.Helper()
	if pendingEngine[t.Name()] && os.Getenv("PENSTOCK_E2E_PENDING") == "" {
		t.Skip("the adapters to net/http fail this test")
	}
}
