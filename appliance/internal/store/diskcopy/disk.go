// SPDX-License-Identifier: Apache-2.0

package diskcopy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// Name is the copy's file name in the directory.
const Name = "config.copy"

// load returns the copy. That there is none is an os.ErrNotExist.
func load(dir, cluster string) (store.Update, error) {
	path := filepath.Join(dir, Name)
	content, err := os.ReadFile(path)
	if err != nil {
		return store.Update{}, err
	}
	update, err := decode(content, cluster)
	if err != nil {
		return store.Update{}, fmt.Errorf("%s: %w", path, err)
	}
	return update, nil
}

// save replaces the copy. After a crash at any moment the old or the new one
// is there, whole.
func save(dir string, content []byte) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temporary := filepath.Join(dir, Name+".new")
	// Certificates and secrets are in it: for this user only.
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Chmod(0o600)); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, filepath.Join(dir, Name)); err != nil {
		return err
	}
	directory, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}
