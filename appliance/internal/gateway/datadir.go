// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// marker is the file by which the data directory of a gateway is known. It
// holds the name of the node that served the Admin API from there last.
const marker = "node"

// markDataDir makes the data directory known as a gateway's.
func markDataDir(dir, node string) error {
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, marker), []byte(node+"\n"), 0o600)
	}
	if err != nil {
		return fmt.Errorf("data directory: %w; choose another with --data-dir", err)
	}
	return nil
}

// CheckDataDir returns an error unless a gateway has used the directory: what
// is written to any other one, such as a token, reaches no gateway.
func CheckDataDir(dir string) error {
	_, err := os.Stat(filepath.Join(dir, marker))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no gateway has used %s yet; give the --data-dir of the gateway", dir)
	}
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	return nil
}
