// SPDX-License-Identifier: Apache-2.0

//go:build !race

package http2

import (
	"syscall"
	"unsafe"
)

// maxSend is the most that one system call copies: the scheduler waits for it.
const maxSend = 256 << 10

// send is sendto(2) on a non-blocking socket. It does not tell the scheduler.
func send(fd uintptr, p []byte) (int, syscall.Errno) {
	p = p[:min(len(p), maxSend)]
	for {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), syscall.MSG_NOSIGNAL, 0, 0)
		if errno == 0 {
			return int(n), 0
		}
		if errno != syscall.EINTR {
			return 0, errno
		}
	}
}
