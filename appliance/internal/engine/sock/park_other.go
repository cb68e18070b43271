// SPDX-License-Identifier: Apache-2.0

//go:build unix && !linux

package sock

var lot parking

// parking takes nobody.
type parking struct{}

func (parking) add(*Conn, int, func()) bool { return false }
func (parking) leave(*Conn)                 {}
