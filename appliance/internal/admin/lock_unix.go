// SPDX-License-Identifier: Apache-2.0

//go:build unix

package admin

import (
	"os"

	"golang.org/x/sys/unix"
)

// lock keeps other processes out until unlock is called. The system lets go
// of it when the process dies.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		_ = f.Close()
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	return func() { _ = f.Close() }, nil // nothing was written
}
