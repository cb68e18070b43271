// SPDX-License-Identifier: Apache-2.0

package sock

import (
	"io"
	"os"
	"syscall"
	"unsafe"
)

// Events of poll(2).
const (
	pollError    = 0x8
	pollHangUp   = 0x10
	pollPeerEnds = 0x2000
)

// HungUp is Gone, but also finds an end that bytes hide which are not read
// yet: those of a TLS client that says goodbye, for one.
func (c *Conn) HungUp() error {
	var gone error
	err := c.raw.Control(func(fd uintptr) {
		ask := struct {
			fd              int32
			events, revents int16
		}{fd: int32(fd), events: pollPeerEnds}
		var now syscall.Timespec
		_, _, errno := syscall.RawSyscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&ask)), 1, uintptr(unsafe.Pointer(&now)), 0, 0, 0)
		switch {
		case errno != 0: // it was interrupted: whoever asks will ask again
		case ask.revents&(pollError|pollHangUp) != 0:
			gone = os.NewSyscallError("poll", syscall.ECONNRESET)
		case ask.revents&pollPeerEnds != 0:
			gone = io.EOF
		}
	})
	if err != nil {
		return err
	}
	return gone
}
