// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// open returns where lines go.
func open(path string) (io.WriteCloser, error) {
	switch path {
	case "stdout":
		return stream{os.Stdout}, nil
	case "stderr":
		return stream{os.Stderr}, nil
	}
	f := &file{path: path}
	if err := f.open(); err != nil {
		return nil, err
	}
	return f, nil
}

// A stream belongs to the process and stays open.
type stream struct{ io.Writer }

func (stream) Close() error { return nil }

// A file is appended to. When somebody else, such as logrotate, has renamed or
// removed it, the next write goes to a new file of the path.
type file struct {
	path string
	now  *os.File
}

func (f *file) open() error {
	opened, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	f.now = opened
	return nil
}

// Write keeps to the old file while a new one cannot be opened.
func (f *file) Write(b []byte) (int, error) {
	if f.moved() {
		old := f.now
		if err := f.open(); err == nil {
			err = old.Close()
			if err != nil {
				return 0, fmt.Errorf("access log: the file before: %w", err)
			}
		}
	}
	return f.now.Write(b)
}

// moved reports whether the path means another file, or none, by now.
func (f *file) moved() bool {
	mine, err := f.now.Stat()
	if err != nil {
		return true
	}
	there, err := os.Stat(f.path)
	if err != nil {
		return errors.Is(err, os.ErrNotExist)
	}
	return !os.SameFile(mine, there)
}

func (f *file) Close() error { return f.now.Close() }
