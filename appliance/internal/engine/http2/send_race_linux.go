// SPDX-License-Identifier: Apache-2.0

//go:build race

package http2

import (
	"errors"
	"syscall"
)

// send is as package syscall has it, from which the race detector learns.
func send(fd uintptr, p []byte) (n int, errno syscall.Errno) {
	for {
		n, err := syscall.Write(int(fd), p)
		if err == nil {
			return n, 0
		}
		if errno = syscall.EIO; errors.As(err, &errno) && errno == syscall.EINTR {
			continue
		}
		return 0, errno
	}
}
