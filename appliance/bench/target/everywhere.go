// SPDX-License-Identifier: Apache-2.0

package target

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// everywhere listens on one port of every address of the loopback network, and
// of no other network, so that one process is thousands of targets.
func everywhere() (net.Listener, error) {
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		if outer := raw.Control(func(fd uintptr) {
			err = unix.SetsockoptString(int(fd), unix.SOL_SOCKET, unix.SO_BINDTODEVICE, "lo")
		}); outer != nil {
			return outer
		}
		return err
	}}
	return config.Listen(context.Background(), "tcp4", "0.0.0.0:0")
}

// portOf returns the port that a listener has.
func portOf(l net.Listener) string { return strconv.Itoa(l.Addr().(*net.TCPAddr).Port) }

// Everywhere returns the i-th of the targets that are everywhere.
func (a *Addresses) Everywhere(i int) (host string, port int) {
	port, _ = strconv.Atoi(a.Port) // it was one
	return fmt.Sprintf("127.%d.%d.%d", 1+i/62500, 1+i/250%250, 1+i%250), port
}
