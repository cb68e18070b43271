// SPDX-License-Identifier: Apache-2.0

package sock

import (
	"os"
	"sync"
	"syscall"
	"time"
)

// lot is the connections that are parked.
var lot parking

// A parking is connections that wait in an epoll(7) instance of their own. The
// one goroutine that waits for all of them lives only while there are any.
type parking struct {
	mu    sync.Mutex
	epoll *os.File // nil while nobody is parked
	fd    int      // of epoll
	count int
	conns []*Conn // by descriptor
}

// watched is what a reader can find: bytes, the end of the peer's side, or, as
// always, an error.
const watched = syscall.EPOLLIN | syscall.EPOLLRDHUP

// add parks a connection. The caller keeps its descriptor open meanwhile.
func (p *parking) add(c *Conn, fd int, wake func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.epoll == nil && !p.open() {
		return false
	}
	c.parked.Store(true) // before the look at what others set before they look at it
	p.place(c, fd, wake)
	if c.aborted.Load() || c.interrupted.Load() || c.closing.Load() ||
		syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: watched, Fd: int32(fd)}) != nil {
		p.take(c)
		return false
	}
	return true
}

func (p *parking) place(c *Conn, fd int, wake func()) {
	for len(p.conns) <= fd {
		p.conns = append(p.conns, nil)
	}
	p.conns[fd] = c
	p.count++
	c.wake, c.fd = wake, int32(fd)
}

// take removes a parked connection, whose descriptor is open, and returns how
// to wake its reader.
func (p *parking) take(c *Conn) (wake func()) {
	wake, c.wake = c.wake, nil
	c.parked.Store(false)
	_ = syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_DEL, int(c.fd), nil) // it may not have got that far
	p.conns[c.fd] = nil
	if p.count--; p.count == 0 {
		_ = p.epoll.SetReadDeadline(time.Unix(1, 0)) // its goroutine closes it
		p.epoll, p.conns = nil, nil
	}
	return wake
}

// leave wakes the reader of a connection, unless that has happened meanwhile.
func (p *parking) leave(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.wake != nil {
		wake := p.take(c)
		go wake()
	}
}

// arrived wakes the reader of a descriptor. If a connection has taken the place
// of the one that was meant, it is woken for nothing.
func (p *parking) arrived(fd int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if fd < len(p.conns) && p.conns[fd] != nil {
		wake := p.take(p.conns[fd])
		go wake()
	}
}

// open makes the epoll instance and has it watched.
func (p *parking) open() bool {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return false
	}
	if err := syscall.SetNonblock(fd, true); err != nil { // then the runtime's poller can wait for it
		_ = syscall.Close(fd)
		return false
	}
	file := os.NewFile(uintptr(fd), "epoll")
	raw, err := file.SyscallConn()
	if err == nil {
		err = file.SetReadDeadline(time.Time{})
	}
	if err != nil {
		_ = file.Close()
		return false
	}
	p.epoll, p.fd = file, fd
	go func() {
		_ = raw.Read(p.look) // until the deadline of the last who left
		_ = file.Close()
	}()
	return true
}

// look wakes the readers of all descriptors that something has come for. It is
// never done.
func (p *parking) look(epoll uintptr) bool {
	var events [64]syscall.EpollEvent
	for {
		n, err := syscall.EpollWait(int(epoll), events[:], 0)
		for i := range max(n, 0) {
			p.arrived(int(events[i].Fd))
		}
		if n < len(events) && err != syscall.EINTR {
			return false
		}
	}
}
