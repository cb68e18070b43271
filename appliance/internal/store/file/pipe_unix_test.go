// SPDX-License-Identifier: Apache-2.0

//go:build unix

package file

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestPipe: a pipe, as of a shell's <(...), can be read once. To open it again
// would wait for a writer for ever, and hold up the end of the process.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	written := make(chan error)
	go func() { written <- os.WriteFile(path, []byte(one), 0o600) }() // waits for the reader
	s, _ := open(t, path)
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	looked := make(chan error, 1)
	go func() {
		good, broken := s.refresh()
		if broken == nil && good.revision == 1 {
			close(looked)
			return
		}
		looked <- broken
	}()
	select {
	case err, bad := <-looked:
		if bad {
			t.Errorf("it is no longer served: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits for another writer")
		writeFile(t, path, one)
	}
}
