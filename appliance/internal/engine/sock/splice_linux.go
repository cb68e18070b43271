// SPDX-License-Identifier: Apache-2.0

package sock

import (
	"io"
	"os"
	"syscall"
)

// Size of the pipe between two sockets, in bytes, and how much is asked for at
// once.
const pipeSize = 512 << 10

// Splice moves exactly n bytes, or all up to the end if n is negative, from
// one connection to another inside the kernel (splice(2)). readBy and writeBy
// tell the deadline of each step when it begins. moved counts what reached dst.
// An error of src is in read, one of dst in write; a source that ends too early
// is io.ErrUnexpectedEOF.
func Splice(dst, src *Conn, n int64, readBy, writeBy func() Instant) (moved int64, read, write error) {
	var fds [2]int
	if err := syscall.Pipe2(fds[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK); err != nil {
		return 0, nil, os.NewSyscallError("pipe2", err)
	}
	s := &splicing{in: fds[1], out: fds[0]}
	defer func() {
		_ = syscall.Close(s.in) // a pipe has nothing to lose
		_ = syscall.Close(s.out)
	}()
	// What the kernel refuses here only makes the pipe smaller.
	_, _, _ = syscall.RawSyscall(syscall.SYS_FCNTL, uintptr(s.in), syscall.F_SETPIPE_SZ, pipeSize)
	fill, drain := s.fill, s.drain
	for n != 0 {
		s.want = pipeSize
		if n > 0 {
			s.want = int(min(n, pipeSize))
		}
		src.ReadBy(readBy())
		if err := src.await(&src.reading, src.raw.Read, fill); err != nil {
			return moved, err, nil
		}
		if s.err != nil {
			return moved, s.err, nil
		}
		if s.held == 0 {
			if n > 0 {
				return moved, io.ErrUnexpectedEOF, nil
			}
			return moved, nil, nil
		}
		if n > 0 {
			n -= int64(s.held)
		}
		for s.held > 0 {
			before := s.held
			dst.WriteBy(writeBy())
			err := dst.await(&dst.writing, dst.raw.Write, drain)
			moved += int64(before - s.held)
			if err == nil {
				err = s.err
			}
			if err != nil {
				return moved, nil, err
			}
		}
	}
	return moved, nil, nil
}

// splicing is a pipe between two sockets.
type splicing struct {
	in, out    int
	want, held int
	err        error
}

func (s *splicing) fill(fd uintptr) bool {
	n, errno := splice(int(fd), s.in, s.want)
	if errno == syscall.EAGAIN {
		return false
	}
	s.held, s.err = n, nil
	if errno != 0 {
		s.err = os.NewSyscallError("splice", errno)
	}
	return true
}

// drain moves a part and returns, so that the deadline of the next one is new.
func (s *splicing) drain(fd uintptr) bool {
	n, errno := splice(s.out, int(fd), s.held)
	if errno == syscall.EAGAIN {
		return false
	}
	s.held, s.err = s.held-n, nil
	if errno != 0 {
		s.err = os.NewSyscallError("splice", errno)
	}
	return true
}

// splice is splice(2) without waiting. It moves much at once, so the scheduler
// is told.
func splice(from, to, n int) (int, syscall.Errno) {
	const move, nonblock = 1, 2
	for {
		moved, _, errno := syscall.Syscall6(syscall.SYS_SPLICE, uintptr(from), 0, uintptr(to), 0, uintptr(n), move|nonblock)
		if errno == 0 {
			return int(moved), 0
		}
		if errno != syscall.EINTR {
			return 0, errno
		}
	}
}
