// SPDX-License-Identifier: Apache-2.0

package testkit

import (
	"net"
	"testing"
)

// FreeAddress returns a loopback address that nothing listens on at the moment.
func FreeAddress(t testing.TB) string {
	t.Helper()
	address, err := FindAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// FindAddress is FreeAddress for whoever is no test.
func FindAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
