// SPDX-License-Identifier: Apache-2.0

//go:build race

package sock

import (
	"errors"
	"syscall"
	"unsafe"
)

// The race detector learns from package syscall's own functions that what was
// written on one side happened before it was read on the other.

func receive(fd uintptr, p []byte, flags int) (int, syscall.Errno) {
	if flags != 0 { // nothing is taken by a look
		got, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), uintptr(flags), 0, 0)
		if errno != 0 {
			return 0, errno
		}
		return int(got), 0
	}
	for {
		n, err := syscall.Read(int(fd), p)
		if err == nil {
			return n, 0
		}
		if errno := errnoOf(err); errno != syscall.EINTR {
			return 0, errno
		}
	}
}

func send(fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, err := syscall.Write(int(fd), p)
		if err == nil {
			return n, 0
		}
		if errno := errnoOf(err); errno != syscall.EINTR {
			return 0, errno
		}
	}
}

func errnoOf(err error) syscall.Errno {
	errno := syscall.EIO
	errors.As(err, &errno)
	return errno
}
