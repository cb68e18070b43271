// SPDX-License-Identifier: Apache-2.0

//go:build unix && !linux

package http2

import (
	"errors"
	"syscall"
)

func send(fd uintptr, p []byte) (int, syscall.Errno) {
	n, err := syscall.Write(int(fd), p)
	if err == nil {
		return n, 0
	}
	errno := syscall.EIO
	errors.As(err, &errno)
	if errno == syscall.EINTR {
		errno = syscall.EAGAIN
	}
	return max(n, 0), errno
}
