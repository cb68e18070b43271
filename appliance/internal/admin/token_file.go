// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// tokenFile is the JSON of tokens.json.
type tokenFile struct {
	Tokens []Token `json:"tokens"`
}

func (t *Tokens) path() string { return filepath.Join(t.dir, "tokens.json") }

// refresh reads the file again if it is another one than before. Every change
// makes a new file, so one stat tells. The lock must be held.
func (t *Tokens) refresh() error {
	info, err := os.Stat(t.path())
	if errors.Is(err, fs.ErrNotExist) {
		t.seen, t.list = nil, nil
		return nil
	}
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	if t.seen != nil && os.SameFile(t.seen, info) && t.seen.ModTime().Equal(info.ModTime()) && t.seen.Size() == info.Size() {
		return nil
	}
	data, err := os.ReadFile(t.path())
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	var file tokenFile
	if err := json.Unmarshal(data, &file); err != nil {
		return fmt.Errorf("tokens: %s is damaged: %w; restore it, or delete it to start with a new admin token", t.path(), err)
	}
	t.seen, t.list = info, file.Tokens
	if t.list == nil {
		t.list = []Token{} // there is a file, with none in it
	}
	return nil
}

func (t *Tokens) save(list []Token) error {
	data, err := json.MarshalIndent(tokenFile{Tokens: list}, "", "  ")
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	return writeFile(t.path(), append(data, '\n'))
}

// writeFile replaces a file in one step; only its owner may read it.
func writeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("tokens: %w", err), os.Remove(f.Name()))
	}
	return nil
}
