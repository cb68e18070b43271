// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"errors"
	"io"
	"os"
)

// out returns where lines go. Nothing is opened before the first of them: a
// log that cannot be written is no reason to refuse traffic, and checking a
// configuration leaves no files behind.
func out(path string) io.WriteCloser {
	switch path {
	case "stdout":
		return stream{os.Stdout}
	case "stderr":
		return stream{os.Stderr}
	}
	return &file{path: path}
}

// A stream belongs to the process and stays open.
type stream struct{ io.Writer }

func (stream) Close() error { return nil }

// A file is appended to. When somebody else, such as logrotate, has renamed or
// removed it, the next write goes to a new file of the path.
type file struct {
	path string
	now  *os.File // nil while it could not be opened
}

// Write opens the file if need be, and keeps to the old one while a new one
// cannot be opened.
func (f *file) Write(b []byte) (int, error) {
	var before error
	if f.now == nil || f.moved() {
		opened, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
		switch {
		case err == nil:
			before = f.Close()
			f.now = opened
		case f.now == nil:
			return 0, err
		}
	}
	n, err := f.now.Write(b)
	return n, errors.Join(err, before)
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

func (f *file) Close() error {
	if f.now == nil {
		return nil
	}
	return f.now.Close()
}
