// SPDX-License-Identifier: Apache-2.0

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

var (
	// ErrNotFound says that there is no such object.
	ErrNotFound = errors.New("no such object")

	// ErrReadOnly says that this store takes no writes.
	ErrReadOnly = errors.New("this store is read-only")

	// ErrUnavailable says that the store cannot be reached now; try again.
	ErrUnavailable = errors.New("the store cannot be reached")

	// ErrClosed says that the store was closed before or during the call.
	ErrClosed = errors.New("the store is closed")

	// ErrCompacted says that the asked revision is no longer kept; start the
	// listing again.
	ErrCompacted = errors.New("the revision is no longer kept")
)

// A ConflictError says that an object is not at the revision that a write demanded.
type ConflictError struct {
	Key  Key
	Want int64 // 0: must not exist
	Have int64 // 0: does not exist
}

func (e *ConflictError) Error() string {
	switch {
	case e.Want == 0:
		return fmt.Sprintf("%s exists already, at revision %d", e.Key, e.Have)
	case e.Have == 0:
		return fmt.Sprintf("%s no longer exists; the write expected revision %d", e.Key, e.Want)
	}
	return fmt.Sprintf("%s was changed by somebody else: it is at revision %d, the write expected %d", e.Key, e.Have, e.Want)
}

// A MissingReferenceError says that an object refers to one that does not exist.
type MissingReferenceError struct{ Key, Ref Key }

func (e *MissingReferenceError) Error() string {
	return fmt.Sprintf("%s refers to %s, which does not exist", e.Key, e.Ref)
}

// An InUseError says that an object cannot be deleted because others refer to it.
type InUseError struct {
	Key Key
	By  []Key
}

func (e *InUseError) Error() string {
	names := make([]string, len(e.By))
	for i, k := range e.By {
		names[i] = k.String()
	}
	return fmt.Sprintf("%s is in use by %s", e.Key, strings.Join(names, ", "))
}

// A ClaimedError says that another object already holds what this one claims.
type ClaimedError struct {
	Key   Key
	Claim string
	By    Key
}

func (e *ClaimedError) Error() string {
	return fmt.Sprintf("%s claims %q, which %s holds", e.Key, e.Claim, e.By)
}

// A TooLargeError says that a transaction is over the store's limit.
type TooLargeError struct {
	What        string // "bytes" or "operations"
	Size, Limit int
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the transaction has %d %s, the store takes %d at most", e.Size, e.What, e.Limit)
}

// An InvalidWriteError says that a transaction is wrong in itself, whatever
// the store holds. It is the caller's mistake, to be shown to its user.
type InvalidWriteError struct {
	Key    Key
	Reason string // what is wrong and what is allowed
}

func (e *InvalidWriteError) Error() string {
	return fmt.Sprintf("%s: %s", e.Key, e.Reason)
}

// A FileError says why the content of a configuration file is not served.
type FileError struct {
	File     string
	Mistakes []string // in its content
	Err      error    // why it cannot be read, if that is it
}

func (e *FileError) Error() string {
	switch {
	case errors.Is(e.Err, fs.ErrNotExist):
		return fmt.Sprintf("configuration file %s: there is no such file; check the path", e.File)
	case e.Err != nil:
		return fmt.Sprintf("configuration file %s cannot be read: %v", e.File, e.Err)
	case len(e.Mistakes) == 1:
		return fmt.Sprintf("configuration file %s: %s", e.File, e.Mistakes[0])
	}
	return fmt.Sprintf("configuration file %s cannot be served as it is:\n  %s", e.File, strings.Join(e.Mistakes, "\n  "))
}

func (e *FileError) Unwrap() error { return e.Err }
