// SPDX-License-Identifier: Apache-2.0

//go:build unix && !linux

package sock

import (
	"errors"
	"syscall"
)

func receive(fd uintptr, p []byte, flags int) (int, syscall.Errno) {
	n, _, err := syscall.Recvfrom(int(fd), p, flags)
	return max(n, 0), errnoOf(err)
}

func send(fd uintptr, p []byte) (int, syscall.Errno) {
	n, err := syscall.Write(int(fd), p)
	return max(n, 0), errnoOf(err)
}

func errnoOf(err error) syscall.Errno {
	if err == nil {
		return 0
	}
	errno := syscall.EIO
	errors.As(err, &errno)
	if errno == syscall.EINTR {
		return syscall.EAGAIN
	}
	return errno
}
