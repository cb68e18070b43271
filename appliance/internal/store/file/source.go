// SPDX-License-Identifier: Apache-2.0

package file

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"time"
)

// maxSize is the largest file that is read, in bytes.
const maxSize = 64 << 20

// unsettled is for how long after a file's modification time another write
// may leave the same time: file systems keep time in steps of up to 2 s.
const unsettled = 2 * time.Second

// A source notices when the content at a path changes.
type source struct {
	path string
	info os.FileInfo // of the last read; nil before
	at   time.Time   // of the last read; zero before
	sum  [sha256.Size]byte
}

// read returns the content if it differs from that of the last read.
func (s *source) read() (content []byte, changed bool, err error) {
	content, info, err := s.load()
	if err != nil {
		s.info = nil
		return nil, false, err
	}
	if info == nil {
		return nil, false, nil
	}
	sum := sha256.Sum256(content)
	changed = s.info == nil || sum != s.sum
	s.info, s.sum = info, sum
	return content, changed, nil
}

// settled reports whether this is surely the file of the last read.
func (s *source) settled(info os.FileInfo) bool {
	return s.info != nil && os.SameFile(s.info, info) && s.info.Size() == info.Size() &&
		s.info.ModTime().Equal(info.ModTime()) && s.at.Sub(info.ModTime()) > unsettled
}

// isPipe reports whether the path is a pipe, such as that of a shell's <(...),
// which can be read once: to open it again may wait for a writer for ever.
func (s *source) isPipe() bool {
	info, err := os.Stat(s.path)
	return err == nil && info.Mode()&os.ModeNamedPipe != 0
}

// load returns the content with what describes it, or nil for both if it is
// settled. They are of one opened file, whatever the path means by then.
func (s *source) load() ([]byte, os.FileInfo, error) {
	if !s.at.IsZero() && s.isPipe() {
		return nil, nil, nil
	}
	f, err := os.Open(s.path)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = f.Close() }() // it is only read
	info, err := f.Stat()
	if err != nil || s.settled(info) {
		return nil, nil, err
	}
	s.at = time.Now()
	var content []byte
	if info.Size() <= maxSize { // or it would be read in vain at every look
		if content, err = io.ReadAll(io.LimitReader(f, maxSize+1)); err != nil {
			return nil, nil, err
		}
	}
	if max(info.Size(), int64(len(content))) > maxSize {
		return nil, nil, fmt.Errorf("%s is larger than %d bytes", s.path, maxSize)
	}
	return content, info, nil
}
