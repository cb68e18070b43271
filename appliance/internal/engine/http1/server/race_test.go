// SPDX-License-Identifier: Apache-2.0

//go:build race

package server_test

// raceEnabled says that memory from pools is thrown away at random.
const raceEnabled = true
