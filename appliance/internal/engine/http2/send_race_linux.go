// SPDX-License-Identifier: Apache-2.0

//go:build race

package http2

import (
	"errors"
	"syscall"
)

// send is as package syscall has it, from which the race detector learns.
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
