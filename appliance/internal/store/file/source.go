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
	at   time.Time   // when that was
	sum  [sha256.Size]byte
}

// read returns the content if it differs from that of the last read.
func (s *source) read() (content []byte, changed bool, err error) {
	info, err := os.Stat(s.path)
	if err != nil {
		s.info = nil
		return nil, false, err
	}
	if s.settled(info) {
		return nil, false, nil
	}
	at := time.Now()
	content, err = s.load()
	if err != nil {
		s.info = nil
		return nil, false, err
	}
	sum := sha256.Sum256(content)
	changed = s.info == nil || sum != s.sum
	s.info, s.at, s.sum = info, at, sum
	return content, changed, nil
}

// settled reports whether this is surely the file of the last read.
func (s *source) settled(info os.FileInfo) bool {
	return s.info != nil && os.SameFile(s.info, info) && s.info.Size() == info.Size() &&
		s.info.ModTime().Equal(info.ModTime()) && s.at.Sub(info.ModTime()) > unsettled
}

func (s *source) load() ([]byte, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it is only read
	content, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err == nil && len(content) > maxSize {
		err = fmt.Errorf("%s is larger than %d bytes", s.path, maxSize)
	}
	return content, err
}
